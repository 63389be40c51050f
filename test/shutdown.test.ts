// SIGTERM under load: no call that was accepted is lost, no event is, and the process says that all went well.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPostgresDatabase } from "trivium/postgres";
import { startPostgres } from "../src/testing/postgres/start-postgres.ts";
import { createChannel, signUp } from "./kit/chat-client.ts";
import { freshPlace, spawnChat, startChat } from "./kit/chat-server.ts";
import { untilExact } from "./kit/crash.ts";
import { assertEventsExact } from "./kit/events.ts";
import { postUntilGone } from "./kit/posting.ts";
import { freePorts } from "./tour/free-ports.ts";

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

test("SIGTERM as soon as the service listens: it stops in order, and the call that it took is answered", async (t) => {
  const place = await freshPlace();
  t.after(() => place.remove());
  let email = "";
  for (let round = 0; round < 3; round++) {
    const [port = 0] = await freePorts(1);
    const child = spawnChat(place, { HTTP_PORT: String(port) });
    t.after(() => child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const socket = await firstConnection(port, () => child.exitCode === null);
    // Not answered the last time, it was not accepted, so nothing stands in its way now.
    email ||= `start-${round}@example.com`;
    const body = JSON.stringify({ email, password: "correct horse battery", displayName: "Start" });
    const answer = text(socket).catch(() => "");
    socket.write(
      `POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await delay(5);
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    const told = await answer;
    assert.match(told, /^(HTTP\/1.1 201 |$)/);
    if (told !== "") email = "";
  }
});

async function firstConnection(port: number, isComing: () => boolean): Promise<Socket> {
  while (isComing()) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    if (connected) return socket;
    await delay(2);
  }
  throw new Error("the service ended before it listened");
}
