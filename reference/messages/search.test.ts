import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { channels } from "../channels/contract.ts";
import { createChat, failsWith, newChannel, newPerson, type Person } from "../chat.fixture.ts";
import { messages } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

interface Scene {
  readonly ann: Person;
  readonly channelId: string;
  /** Posts, oldest first. */
  say(...bodies: readonly string[]): Promise<string[]>;
  /** The bodies found, best first. */
  found(q: string): Promise<string[]>;
}

/** Somebody in a private channel: searches find nothing of other tests. */
async function newScene(...bodies: readonly string[]): Promise<Scene> {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann, { private: true });
  const say = async (...texts: readonly string[]) => {
    const ids: string[] = [];
    for (const body of texts) ids.push((await chat.call(messages.post, { channelId, body }, ann)).id);
    return ids;
  };
  const found = async (q: string) => {
    const { items } = await chat.call(messages.search, { q, limit: 100 }, ann);
    return items.map(({ message }) => message.body);
  };
  await say(...bodies);
  return { ann, channelId, say, found };
}

test("finds the messages that have all words, as they can be read", async () => {
  const { ann, say, found } = await newScene("Good morning", "Good evening");
  const [id = ""] = await say("It is a good, mild Morning!");
  assert.deepEqual((await found("morning good")).toSorted(), ["Good morning", "It is a good, mild Morning!"]);
  assert.deepEqual(await found("night"), []);
  const { items, nextCursor } = await chat.call(messages.search, { q: "mild" }, ann);
  assert.deepEqual(
    items.map(({ message }) => message),
    [await chat.call(messages.get, { id }, ann)],
  );
  assert.equal(nextCursor, undefined);
});

test("quotes keep words together, a minus excludes, or stands between alternatives", async () => {
  const { found } = await newScene("green tea", "tea that is green", "blue sky", "blue sea", "red or white");
  assert.deepEqual(await found('"green tea"'), ["green tea"]);
  assert.deepEqual(await found('tea -"green tea"'), ["tea that is green"]);
  assert.deepEqual((await found("green -that or blue -sea")).toSorted(), ["blue sky", "green tea"]);
  assert.deepEqual((await found("green tea OR sea")).toSorted(), ["blue sea", "green tea", "tea that is green"]);
  assert.deepEqual(await found("or"), ["red or white"]);
  assert.deepEqual(await found('"sky'), ["blue sky"]);
});

test("a query without a word to find finds nothing, and an empty one is refused", async () => {
  const { ann, found } = await newScene("one", "!?", "🦉", "'; drop table messages; --");
  for (const q of ["!?", "-one", "🦉", '""', "-", "& | ! ( <->", "-one or -two"])
    assert.deepEqual(await found(q), [], q);
  assert.deepEqual(await found("(one & !"), ["one"]);
  assert.deepEqual(await found("'; drop"), ["'; drop table messages; --"]);
  assert.deepEqual(await found("one or -two"), ["one"]);
  for (const q of ["", "   ", "x".repeat(201), "a\tb"])
    await assert.rejects(chat.call(messages.search, { q }, ann), failsWith("VALIDATION_FAILED"), JSON.stringify(q));
});

test("case, accents and forms do not matter, in any language", async () => {
  for (const [body, ...queries] of [
    ["Der Ärger im Café", "arger", "CAFE", "cafe\u0301"],
    ["Ο λόγος", "ΛΟΓΟΣ", "λογος"],
    ["Ёлка стоит", "елка", "ЁЛКА"],
    ["東京都に行きました", "東京", "行き", "東京都"],
    ["ｆｕｌｌ width ﬁsh", "full", "fish"],
    ["مَرْحَبًا", "مرحبا"],
    ["한국어 배우기", "한국어"],
  ] as const) {
    const { found } = await newScene(body, "something else");
    for (const q of queries) assert.deepEqual(await found(q), [body], q);
  }
  const { found } = await newScene("東の京");
  assert.deepEqual(await found("東京"), []);
});

test("the words in addresses, paths and names are found one by one, and the whole too", async () => {
  const body = "see https://example.org/a/long_path, mail ann@example.com: snake_case is 3.14";
  const { found } = await newScene(body);
  for (const q of [
    "example",
    "ann",
    "path",
    "ann@example.com",
    "https://example.org/a/long_path",
    "case",
    "3.14",
    "@ann",
  ])
    assert.deepEqual(await found(q), [body], q);
  assert.deepEqual(await found("ann@example.org"), []);
});

test("the best match comes first, and of equal ones the newer", async () => {
  const { found } = await newScene(
    "owl, and then very much about quite other things",
    "owl, owl, owl",
    "grey owl",
    "brown owl",
  );
  assert.deepEqual(await found("owl"), [
    "owl, owl, owl",
    "brown owl",
    "grey owl",
    "owl, and then very much about quite other things",
  ]);
});

test("highlights are parts of the text, which a message's own markup cannot imitate", async () => {
  const body = 'he said <mark>owl</mark> & "Öwl": {"match":true} owlet';
  const { ann } = await newScene(body);
  const { items } = await chat.call(messages.search, { q: "owl" }, ann);
  assert.deepEqual(
    items.map(({ highlights }) => highlights),
    [
      [
        {
          parts: [
            { text: "he said <mark>", match: false },
            { text: "owl", match: true },
            { text: '</mark> & "', match: false },
            { text: "Öwl", match: true },
            { text: '": {"match":true} owlet', match: false },
          ],
        },
      ],
    ],
  );
});

test("only what one may read is found, whatever is asked", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const word = `word${randomUUID().slice(0, 8)}`;
  const open = await newChannel(chat, ann);
  const hidden = await newChannel(chat, ann, { private: true });
  for (const { id: channelId } of [open, hidden])
    await chat.call(messages.post, { channelId, body: `${word} of ${channelId}` }, ann);
  const places = async (person: Person, more: object = {}) => {
    const { items } = await chat.call(messages.search, { q: word, ...more }, person);
    return items.map(({ message }) => message.channelId).toSorted();
  };
  assert.deepEqual(await places(ann), [open.id, hidden.id].toSorted());
  assert.deepEqual(await places(bob), []);
  assert.deepEqual(await places(bob, { authorId: ann.id }), []);
  const channelId = hidden.id;
  await assert.rejects(places(bob, { channelId }), failsWith("CHANNEL_NOT_FOUND", { channelId }));
  await assert.rejects(places(bob, { channelId: open.id }), failsWith("NOT_A_MEMBER", { channelId: open.id }));
  await assert.rejects(chat.call(messages.search, { q: word }), failsWith("CREDENTIAL_MISSING"));
  await chat.call(channels.join, { channelId, accountId: bob.id }, ann);
  assert.deepEqual(await places(bob), [channelId]);
  await chat.call(channels.leave, { channelId }, bob);
  assert.deepEqual(await places(bob), []);
});

test("an edited message is found by its new words only, a removed one not at all", async () => {
  const { ann, say, found } = await newScene();
  const [id = ""] = await say("first words");
  await chat.call(messages.edit, { id, version: 1, body: "second thoughts" }, ann);
  assert.deepEqual([await found("first"), await found("second")], [[], ["second thoughts"]]);
  await chat.call(messages.remove, { id }, ann);
  assert.deepEqual(await found("second"), []);
});

test("a search is narrowed by channel, author and time", async () => {
  const { ann, channelId } = await newScene("apple 1");
  const bob = await newPerson(chat);
  const other = await newChannel(chat, bob, { members: [ann] });
  const first = await chat.call(messages.post, { channelId: other.id, body: "apple 2" }, bob);
  const second = await chat.call(messages.post, { channelId: other.id, body: "apple 3" }, ann);
  await chat.database.query(sql`update messages set created_at = '2026-01-01T00:00:00Z' where id = ${first.id}`);
  await chat.database.query(sql`update messages set created_at = '2026-01-02T00:00:00Z' where id = ${second.id}`);
  const found = async (more: object) => {
    const { items } = await chat.call(messages.search, { q: "apple", ...more }, ann);
    return items.map(({ message }) => message.body.at(-1)).toSorted();
  };
  assert.deepEqual(await found({}), ["1", "2", "3"]);
  assert.deepEqual(await found({ channelId }), ["1"]);
  assert.deepEqual(await found({ channelId: other.id }), ["2", "3"]);
  assert.deepEqual(await found({ authorId: ann.id }), ["1", "3"]);
  assert.deepEqual(await found({ from: "2026-01-01T00:00:00.000Z", to: "2026-01-02T00:00:00.000Z" }), ["2"]);
  assert.deepEqual(await found({ from: "2026-01-02T01:00:00+01:00", authorId: ann.id }), ["1", "3"]);
  assert.deepEqual(await found({ to: "2026-01-01T00:00:00.001Z" }), ["2"]);
});

test("pages neither repeat nor skip, though messages are posted between them", async () => {
  const { ann, say } = await newScene();
  const old = await say(...Array.from({ length: 25 }, (_, index) => `${"owl ".repeat((index % 5) + 1)} ${index}`));
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await chat.call(messages.search, { q: "owl", limit: 4, cursor }, ann);
    assert.equal(page.items.length, page.nextCursor === undefined ? 1 : 4);
    seen.push(...page.items.map(({ message }) => message.id));
    cursor = page.nextCursor;
    await say("owl owl owl owl owl owl", "an owl among many other words that are said here");
    pages++;
  } while (cursor !== undefined);
  assert.equal(pages, 7);
  assert.deepEqual(seen.toSorted(), old.toSorted());
  const { items } = await chat.call(messages.search, { q: "owl", limit: 100 }, ann);
  assert.deepEqual(
    items.map(({ message }) => message.id).filter((id) => old.includes(id)),
    seen,
  );
});

test("the newest 1,000 matches are ranked, on every page the same", async () => {
  const { ann, channelId } = await newScene();
  const insert = (count: number, from: number) =>
    chat.database.query(sql`insert into messages (id, channel_id, author_id, body, version, created_at, updated_at)
      select ('01932c5e-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${channelId}, ${ann.id},
        'owl ' || n || case n when 1 then ' owl' else '' end, 1, now(), now()
      from generate_series(${from}::int, ${from + count - 1}::int) n`);
  await insert(1100, 1);
  const first = await chat.call(messages.search, { q: "owl", limit: 100 }, ann);
  await insert(100, 1101);
  const seen = first.items.map(({ message }) => message.body);
  let cursor = first.nextCursor;
  while (cursor !== undefined) {
    const page = await chat.call(messages.search, { q: "owl", limit: 100, cursor }, ann);
    seen.push(...page.items.map(({ message }) => message.body));
    cursor = page.nextCursor;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, index) => `owl ${1100 - index}`),
  );
});

test("a cursor of another search, or none at all, is refused", async () => {
  const { ann, channelId } = await newScene("owl 1", "owl 2");
  const { nextCursor = "" } = await chat.call(messages.search, { q: "owl", limit: 1 }, ann);
  const refused = (more: object) =>
    assert.rejects(chat.call(messages.search, { q: "owl", ...more }, ann), failsWith("INVALID_CURSOR"));
  await refused({ q: "owls", cursor: nextCursor });
  await refused({ channelId, cursor: nextCursor });
  for (const cursor of ["x", "", "null", Buffer.from("[]").toString("base64url"), `${nextCursor}x`.slice(4)])
    await refused({ cursor });
  const { items } = await chat.call(messages.search, { q: "owl", limit: 100, cursor: nextCursor }, ann);
  assert.deepEqual(
    items.map(({ message }) => message.body),
    ["owl 1"],
  );
});
