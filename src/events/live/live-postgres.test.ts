// Live events on a server: between processes, through faults, with few connections.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { commitEvents, keptLog, lockWaits, pendingEvent, until } from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import { TcpProxy } from "../../testing/postgres/tcp-proxy.ts";
import { closeHubs, followed, openHub, post, range, sequences, take } from "./live.fixture.ts";
import { createLiveHub } from "./live-hub.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(async () => {
  await closeHubs();
  await streams.close();
});

const key = "key";

test("what one process emits is seen by those who follow in another, without waiting for a poll", {
  timeout: 20_000,
}, async () => {
  const stream = randomUUID();
  const other = await streams.connect();
  const [here, there] = [openHub(streams.database), openHub(other)];
  const readers = [here, there].map((hub) => followed(hub, { stream, key }));
  await Promise.all(readers.map(({ ready }) => ready));
  const seen = Promise.all(readers.map((reader) => take(reader, 40)));
  for (let n = 0; n < 40; n++) await post(n % 2 === 0 ? streams.database : other, stream, key, n);
  for (const events of await seen) assert.deepEqual(sequences(events), range(1, 40));
  await Promise.all([here.close(), there.close()]);
});

test("what is emitted before a process hears the others is seen as soon as it does", { timeout: 20_000 }, async () => {
  const stream = randomUUID();
  const hub = openHub(await streams.connect());
  const events = followed(hub, { stream, key });
  await events.ready;
  await post(streams.database, stream, key, 1);
  assert.deepEqual(sequences(await take(events, 1)), [1]);
  await hub.close();
});

test("many write one key at once: who follows, resumes or comes late sees it once and in order", {
  timeout: 60_000,
}, async () => {
  const stream = randomUUID();
  const other = await streams.connect();
  const hubs = [streams.database, other].map((database) =>
    openHub(database, { pollInterval: 100, limits: { recentEvents: 8, pageEvents: 5 } }),
  );
  const total = 400;
  let posted = 0;
  const writers = range(1, 8).map(async (writer) => {
    for (let n = 0; n < total / 8; n += 2) {
      await post(writer % 2 === 0 ? streams.database : other, stream, key, n, n + 1);
      posted += 2;
    }
  });
  const readers = range(1, 12).map(async (reader) => {
    let last = 0;
    const seen: number[] = [];
    for (let stay = 1; last < total; stay++) {
      const hub = hubs[(reader + stay) % hubs.length] ?? assert.fail();
      const events = followed(hub, { stream, key, after: String(last) });
      const some = sequences(await take(events, Math.min((reader * stay * 7) % 60, total - last)));
      await events.return();
      seen.push(...some);
      last = some.at(-1) ?? last;
    }
    assert.deepEqual(seen, range(1, total));
  });
  await Promise.all([...writers, ...readers]);
  assert.equal(posted, total);
  await Promise.all(hubs.map((hub) => hub.close()));
});

test("through lost connections and an unreachable server nothing is missed, repeated or told to those who follow", {
  timeout: 60_000,
}, async (t) => {
  const stream = randomUUID();
  const proxy = await TcpProxy.start(streams.url);
  const database = await createPostgresDatabase({ url: proxy.through(streams.url), connectTimeout: 500 });
  const log = keptLog();
  const hub = createLiveHub({ database, log, pollInterval: 50 });
  t.after(async () => {
    await hub.close();
    proxy.cutAll();
    await database.close();
    await proxy.close();
  });
  const live = followed(hub, { stream, key });
  await live.ready;
  await post(streams.database, stream, key, ...range(1, 10));
  assert.deepEqual(sequences(await take(live, 10)), range(1, 10));
  for (let cut = 0; cut < 5; cut++) {
    proxy.cutAll();
    await post(streams.database, stream, key, 1);
    const past = followed(hub, { stream, key, after: "5" });
    assert.deepEqual(sequences(await take(live, 1)), [11 + cut]);
    assert.deepEqual(sequences(await take(past, 6 + cut)), range(6, 11 + cut));
    await past.return();
  }
  proxy.pause();
  proxy.cutAll();
  const late = followed(hub, { stream, key: "late", after: "0" });
  await post(streams.database, stream, key, 1);
  await post(streams.database, stream, "late", 1);
  await until("the fault is noticed", () => log.lines.some(({ level }) => level === "warn"));
  proxy.resume();
  assert.deepEqual(sequences(await take(live, 1)), [16]);
  assert.deepEqual(sequences(await take(late, 1)), [1]);
  const warnings = log.lines.filter(({ level }) => level === "warn").length;
  const mended = log.lines.filter(({ level }) => level === "info").length;
  assert.ok(warnings - mended <= 1 && warnings < 20, `${warnings} warnings, ${mended} times mended`);
});

test("what could not be read for a lost connection is read again, without a new hint", async (t) => {
  const stream = randomUUID();
  const proxy = await TcpProxy.start(streams.url);
  const database = await createPostgresDatabase({ url: proxy.through(streams.url) });
  const hub = openHub(database);
  t.after(async () => {
    await hub.close();
    await database.close();
    await proxy.close();
  });
  const events = followed(hub, { stream, key });
  await events.ready;
  const next = take(events, 1);
  const cut = proxy.cutOn({ on: "trivium_live_news", when: "before" });
  await post(database, stream, key, 1);
  await cut;
  assert.deepEqual(sequences(await next), [1]);
});

test("who leaves while his past is read leaves no statement behind", async () => {
  const stream = randomUUID();
  const hub = openHub(streams.database);
  await post(streams.database, stream, key, 1);
  const steady = followed(hub, { stream, key });
  await steady.ready;
  const other = await streams.connect();
  const locking = await other.begin({ isolation: "read committed" });
  await locking.query({ text: "lock table trivium.outbox in access exclusive mode", values: [] });
  const past = followed(hub, { stream, key, after: "0" });
  const next = past.next();
  await until("the page waits for the lock", async () => (await lockWaits(other)) > 0);
  await past.return();
  assert.deepEqual(await next, { done: true, value: undefined });
  await until("nothing waits any more", async () => (await lockWaits(other)) === 0, 5_000);
  await locking.rollback();
  await hub.close();
});

test("a closed hub does not wait for a database that is silent", { timeout: 20_000 }, async (t) => {
  const stream = randomUUID();
  const proxy = await TcpProxy.start(streams.url);
  const database = await createPostgresDatabase({ url: proxy.through(streams.url) });
  t.after(async () => {
    proxy.cutAll();
    await database.close();
    await proxy.close();
  });
  const hub = createLiveHub({ database, log: keptLog(), pollInterval: 10 });
  const events = followed(hub, { stream, key });
  await events.ready;
  proxy.pause();
  const next = events.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const begun = performance.now();
  await Promise.all([assert.rejects(next, { reason: "SHUTTING_DOWN" }), hub.close()]);
  assert.ok(performance.now() - begun < 2_000);
});

test("thousands of keys and pasts are read over three connections at most", { timeout: 60_000 }, async () => {
  const stream = randomUUID();
  const database = await createPostgresDatabase({ url: streams.url, max: 10 });
  const hub = createLiveHub({ database, log: keptLog(), pollInterval: 200 });
  const names = range(1, 3_000).map(String);
  for (let from = 0; from < names.length; from += 500)
    await commitEvents(
      streams.database,
      names.slice(from, from + 500).flatMap((name) => [pendingEvent(stream, name), pendingEvent(stream, name)]),
    );
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, database.stats().size - database.stats().idle);
  }, 1);
  const readers = names.map((name, n) => followed(hub, { stream, key: name, after: n % 3 === 0 ? "0" : "2" }));
  await Promise.all(readers.map(({ ready }) => ready));
  const pasts = readers.filter((_, n) => n % 3 === 0).map((reader) => take(reader, 2));
  for (const events of await Promise.all(pasts)) assert.deepEqual(sequences(events), [1, 2]);
  const next = readers.map((reader) => take(reader, 1));
  for (let from = 0; from < names.length; from += 500)
    await commitEvents(
      streams.database,
      names.slice(from, from + 500).map((name) => pendingEvent(stream, name)),
    );
  for (const events of await Promise.all(next)) assert.deepEqual(sequences(events), [3]);
  clearInterval(watch);
  await hub.close();
  await database.close();
  assert.ok(most > 0 && most <= 3, `${most} connections were in use`);
});
