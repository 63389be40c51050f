// SIGTERM under load: no call that was accepted is lost, no event is, and the process says that all went well.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPostgresDatabase } from "trivium/postgres";
import { startPostgres } from "../src/testing/postgres/start-postgres.ts";
import { ask, createChannel, signUp } from "./kit/chat-client.ts";
import { freshPlace, spawnChat, startChat } from "./kit/chat-server.ts";
import { untilExact } from "./kit/crash.ts";
import { assertEventsExact } from "./kit/events.ts";
import { postUntilGone } from "./kit/posting.ts";

/** What a client may be told by a process that ends: that nothing was accepted. */
const honestRefusal = /^(socket (ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)|grpc UNAVAILABLE )/;

test("two processes on one PostgreSQL, one after the other told to stop under load: nothing is lost or doubled", async (t) => {
  const server = await startPostgres();
  const home = await server.createDatabase();
  const places = [await freshPlace(home.url), await freshPlace(home.url)] as const;
  t.after(async () => {
    for (const place of places) await place.remove();
    await home.drop();
    await server.stop();
  });
  let [stopping, staying] = [await startChat(places[0]), await startChat(places[1])];
  t.after(() => Promise.all([stopping.kill(), staying.kill()]));
  const { token } = await signUp(stopping.http, "shutdown");
  const channelId = await createChannel(stopping.http, token, "shutdown");
  const acknowledged = new Set<string>();

  for (let round = 0; round < 4; round++) {
    const ended = new AbortController();
    const options = { token, channelId, writers: 4 };
    const gone = postUntilGone(stopping, options);
    const went = postUntilGone(staying, { ...options, signal: ended.signal });
    await delay(200 + Math.random() * 300);
    assert.equal(await stopping.stop(), 0, stopping.output());
    assert.doesNotMatch(stopping.output(), /"level":"error"|nobody handled/);
    const there = await gone;
    ended.abort();
    const here = await went;
    assert.ok(there.acknowledged.size > 10 && here.acknowledged.size > 10);
    for (const refusal of there.refused.values()) assert.match(refusal, honestRefusal);
    assert.deepEqual([...here.refused], []);
    for (const body of [...there.acknowledged, ...here.acknowledged]) acknowledged.add(body);
    [stopping, staying] = [staying, await startChat(places[round % 2 === 0 ? 0 : 1])];
  }

  await untilExact(staying.http, token, channelId, acknowledged.size);
  assert.deepEqual([await stopping.stop(), await staying.stop()], [0, 0], staying.output());
  const database = await createPostgresDatabase({ url: home.url });
  try {
    const { rows } = await database.query({ text: "select id, body from messages", values: [] });
    assert.deepEqual(rows.map((row) => String(row.body)).toSorted(), [...acknowledged].toSorted());
    await assertEventsExact(
      database,
      channelId,
      rows.map((row) => String(row.id)),
    );
  } finally {
    await database.close();
  }
});

test("SIGTERM in the moment in which the service begins to listen: the call that it took is answered", async (t) => {
  const place = await freshPlace();
  t.after(() => place.remove());
  for (let round = 0; round < 3; round++) {
    const port = await freePort();
    const child = spawnChat(place, { HTTP_PORT: String(port) });
    const exited = once(child, "exit");
    const http = `http://127.0.0.1:${port}`;
    const account = { email: `start-${round}@example.com`, password: "correct horse battery", displayName: "Start" };
    let status: number | undefined;
    while (status === undefined && child.exitCode === null) {
      const reply = ask(`${http}/v1/accounts`, { body: account });
      void reply.catch(() => undefined);
      await untilAccepted(port);
      child.kill("SIGTERM");
      status = await reply.then(
        (answer) => answer.status,
        () => undefined,
      );
    }
    assert.deepEqual([status, await exited], [201, [0, null]]);
  }
});
