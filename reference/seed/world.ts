// The people, channels and messages of the seed: made up, and the same ones whenever they are made from the same seed.

/** How much there is. Everything else follows from it. */
export interface WorldSize {
  readonly messages: number;
  /** Another seed makes another world. */
  readonly seed: number;
}

/** One of the rows of a table, by column. */
export type SeedRow = Readonly<Record<string, string | number | boolean | readonly string[]>>;

const start = Date.UTC(2026, 0, 1);
const span = 300 * 24 * 3_600_000;
const names = ["Ann", "Bob", "Chloé", "Dmitri", "Eve", "Fatima", "Grzegorz", "Haruto", "Ines", "Jürgen"];
const topics = ["general", "release", "kitchen", "garden", "music", "support", "reading", "cycling"];
const words =
  "the a we you they can will should not have see find build test ship write read ask answer morning evening tomorrow release branch server message channel index search cache queue bread tea coffee apple garden bicycle music river mountain owl fox heron winter summer blue green red small large early late good better".split(
    " ",
  );
const phrases = [
  "café au lait",
  "Grüße aus Köln",
  "до завтра",
  "今日は東京です",
  "شكرا جزيلا",
  "see https://example.org/notes",
];

/** The rows of each table, in the order in which they refer to each other; messages come one by one. */
export function createWorld({ messages, seed }: WorldSize) {
  const people = Math.max(10, Math.ceil(messages / 1000));
  const places = Math.max(4, Math.ceil(messages / 2000));
  const accountIds = Array.from({ length: people }, (_, index) => idAt(start, seed, 1, index));
  const channelIds = Array.from({ length: places }, (_, index) => idAt(start, seed, 2, index));
  const members = channelIds.map((_, place) => membersOf(seed, place, people));
  const at = new Date(start).toISOString();
  return {
    accounts: accountIds.map((id, index) => ({
      id,
      email: `person${index + 1}@seed${seed}.example`,
      display_name: `${names[index % names.length]} ${index + 1}`,
      created_at: at,
    })),
    channels: channelIds.map((id, place) => ({
      id,
      name: `${topics[place % topics.length]} ${place + 1}`,
      private: place % 4 === 3,
      owner_id: accountIds[members[place]?.[0] ?? 0] ?? "",
      created_at: at,
    })),
    members: channelIds.flatMap((channel_id, place) =>
      (members[place] ?? []).map((person) => ({ channel_id, account_id: accountIds[person] ?? "", created_at: at })),
    ),
    *messages(): Generator<SeedRow> {
      const random = randomFrom(seed);
      for (let index = 0; index < messages; index++) {
        // Busy channels and quiet ones: the first has a share that the last can only dream of.
        const place = Math.floor(places * random() ** 3);
        const inside = members[place] ?? [];
        const millis = start + Math.floor((span * index) / messages);
        yield {
          id: idAt(millis, seed, 3, index),
          channel_id: channelIds[place] ?? "",
          author_id: accountIds[inside[Math.floor(inside.length * random())] ?? 0] ?? "",
          body: sentence(random),
          created_at: new Date(millis).toISOString(),
        };
      }
    },
  };
}

/** The owner first; then about a third of all. */
function membersOf(seed: number, place: number, people: number): number[] {
  const random = randomFrom(seed * 31 + place + 1);
  const owner = place % people;
  const others = Array.from({ length: people }, (_, person) => person).filter(
    (person) => random() < 0.3 && person !== owner,
  );
  return [owner, ...others];
}

function sentence(random: () => number): string {
  const length = 3 + Math.floor(20 * random() ** 2);
  // Few words are common and many are rare, as in any language.
  const said = Array.from({ length }, () => words[Math.floor(words.length * random() ** 2)]);
  if (random() < 0.05) said.push(phrases[Math.floor(phrases.length * random())]);
  if (random() < 0.2) said.push(`#${Math.floor(10_000 * random())}`);
  return said.join(" ");
}

/** A UUIDv7 of a moment, whose random bits are what it names. */
function idAt(millis: number, seed: number, kind: number, index: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0").slice(-digits);
  const time = hex(millis, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(kind, 3)}-8${hex(seed, 3)}-${hex(index, 12)}`;
}

/** Numbers from 0 to 1, always the same from one seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
