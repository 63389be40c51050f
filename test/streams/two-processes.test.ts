// The promise of live streams between processes: every subscriber sees every event of its channel once and in order,
// whichever process it was posted through, over which road, and however often the subscriber is cut off.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "trivium/client";
import { grpcTransport } from "trivium/client/grpc";
import { channels } from "../../reference/channels/contract.ts";
import { messages } from "../../reference/messages/contract.ts";
import { createPostgresDatabase } from "../../src/adapters/postgres/index.ts";
import { sql } from "../../src/database/statement.ts";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { signUp } from "../kit/chat-client.ts";
import { type ChatServer, freshPlace, runChat, startChat } from "../kit/chat-server.ts";
import { type ChatClient, type Heard, subscribe } from "./subscriber.ts";

const posts = Number(process.env.TRIVIUM_STREAM_POSTS ?? 5000);
const channelCount = 10;
const subscribersEach = 200;
const authors = 20;
const contracts = { messages, channels };

const undo: (() => unknown)[] = [];
after(async () => {
  for (const step of undo.toReversed()) await step();
});

const postgres = await startPostgres();
undo.push(() => postgres.stop());
const home = await postgres.createDatabase();
undo.push(() => home.drop());
const places = [await freshPlace(home.url), await freshPlace(home.url)];
const servers: ChatServer[] = [];
for (const place of places) {
  undo.push(() => place.remove());
  const server = await startChat(place);
  undo.push(() => server.stop());
  servers.push(server);
}

/** Clients of a user: over both roads, to both processes. */
function clientsOf(token: string) {
  return servers.flatMap(({ http, grpc }) => {
    const transport = grpcTransport({ app: "chat", address: grpc });
    undo.push(() => transport.close());
    return [createClient(contracts, { url: http, token }), createClient(contracts, { transport, token })];
  });
}

test("200 subscribers on each of two processes see every event once and in order, however they are cut off", async () => {
  const people = [];
  for (let n = 0; n < authors; n++) people.push(await signUp(servers[n % 2]?.http ?? "", `author${n}`));
  const [owner] = people;
  assert.ok(owner);
  const ownClients = clientsOf(owner.token);
  const [first] = ownClients;
  assert.ok(first);
  const made: string[] = [];
  for (let n = 0; n < channelCount; n++) {
    const { id } = await first.channels.create({ name: `channel ${n}` });
    for (const { id: accountId } of people.slice(1)) await first.channels.join({ channelId: id, accountId });
    made.push(id);
  }

  const counts = new Map<string, number>();
  const stop = new AbortController();
  const enough = ({ channelId, ids }: Heard) => ids.length === counts.get(channelId);
  const heard = Array.from({ length: 2 * subscribersEach }, (_, n): Heard => {
    return { channelId: made[n % channelCount] as string, ids: [], cuts: 0 };
  });
  // On either process half of them over each road, until they are cut off for the first time.
  const listening = Promise.all(
    heard.map((one, n) =>
      subscribe(one, [ownClients[n % ownClients.length] as ChatClient, ...ownClients], enough, stop.signal),
    ),
  );
  listening.catch(() => undefined);

  const share = posts / authors;
  await Promise.all(people.map(({ token }, n) => talk(clientsOf(token), made, share, n)));
  for (const body of ["from the command line", "and again"]) {
    const args = ["messages", "post", "--channel-id", made[0] ?? "", "--body", body, "--url", servers[1]?.http ?? ""];
    const { code, stderr } = await runChat(places[0] ?? assert.fail(), [...args, "--token", owner.token]);
    assert.equal(code, 0, stderr);
  }

  const database = await createPostgresDatabase({ url: home.url, max: 1 });
  undo.push(() => database.close());
  const { rows } = await database.query(
    sql`select key, payload ->> 'id' as id from trivium.outbox where type = 'message.posted' order by key, sequence`,
  );
  assert.equal(rows.length, posts + 2);
  const expected = new Map(made.map((id) => [id, rows.filter(({ key }) => key === id).map((row) => row.id as string)]));
  for (const [id, ids] of expected) counts.set(id, ids.length);
  for (const until = Date.now() + 60_000; !heard.every(enough) && Date.now() < until; ) await delay(50);
  stop.abort();
  await listening;
  for (const { channelId, ids } of heard) assert.deepEqual(ids, expected.get(channelId));
  assert.ok(heard.reduce((sum, { cuts }) => sum + cuts, 0) > heard.length, "they were cut off");
});

type Clients = ReturnType<typeof clientsOf>;

/** Posts through every road: single calls and conversations over HTTP and gRPC, imports over HTTP. */
async function talk(clients: Clients, made: readonly string[], count: number, seed: number): Promise<void> {
  let posted = 0;
  for (let round = 0; posted < count; round++) {
    const client = clients[(seed + round) % clients.length] as Clients[number];
    const channelId = made[(seed * 7 + round) % made.length] as string;
    const size = Math.min(10, count - posted);
    const bodies = Array.from({ length: size }, (_, n) => ({ body: `${seed}.${round}.${n}` }));
    if (round % 3 === 0) for (const { body } of bodies) await client.messages.post({ channelId, body });
    else if (round % 3 === 1) await client.messages.importMany({ channelId }, bodies);
    else {
      const answers = client.messages.converse({ channelId }, bodies);
      let accepted = 0;
      for await (const { type } of answers) if (type === "accepted") accepted++;
      assert.equal(accepted, size);
    }
    posted += size;
  }
}
