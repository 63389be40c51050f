import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import { commitEvents, pendingEvent, until } from "../../testing/events/event-fixtures.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { outboxStatement } from "../outbox.ts";
import { closeHubs, countingListeners, followed, openHub, post, range, sequences, take } from "./live.fixture.ts";

const database = await freshEmbedded();
await migrateUp(database, undefined);
after(async () => {
  await closeHubs();
  await database.close();
});

const key = "key";

function fresh(options: Parameters<typeof openHub>[1] = {}) {
  const hub = openHub(database, options);
  const stream = randomUUID();
  return { hub, stream, emit: (...numbers: number[]) => post(database, stream, key, ...numbers) };
}

test("from now on: what is emitted after `ready` is seen, what was before is not", async () => {
  const { hub, stream, emit } = fresh();
  await emit(1, 2);
  const events = followed(hub, { stream, key });
  await events.ready;
  await emit(3, 4);
  const seen = await take(events, 2);
  assert.deepEqual(
    seen.map(({ data, cursor, sequence, type, version }) => ({ data, cursor, sequence, type, version })),
    [3, 4].map((n) => ({ data: { n }, cursor: String(n), sequence: n, type: "thing.happened", version: 1 })),
  );
  assert.match(seen[0]?.time ?? "", /^\d{4}-.*\.\d{3}Z$/);
  await hub.close();
});

test("a key without any event can be followed, and whoever joins a key that is read begins at once", async () => {
  const { hub, stream, emit } = fresh();
  const first = followed(hub, { stream, key });
  await first.ready;
  await emit(1);
  assert.deepEqual(sequences(await take(first, 1)), [1]);
  const second = followed(hub, { stream, key });
  const next = second.next();
  await emit(2);
  assert.equal((await next).value?.sequence, 2);
  await hub.close();
});

test("other keys and streams are not mixed in", async () => {
  const { hub, stream, emit } = fresh();
  const events = followed(hub, { stream, key });
  const other = followed(hub, { stream, key: "other" });
  const elsewhere = followed(hub, { stream: `${stream}2`, key });
  await Promise.all([events.ready, other.ready, elsewhere.ready]);
  await commitEvents(database, [
    pendingEvent(stream, "other", { data: "other" }),
    pendingEvent(`${stream}2`, key, { data: "elsewhere" }),
  ]);
  await emit(7);
  const seen = await Promise.all([events, other, elsewhere].map((each) => take(each, 1)));
  assert.deepEqual(
    seen.map(([event]) => event?.data),
    [{ n: 7 }, "other", "elsewhere"],
  );
  await hub.close();
});

test("a cursor resumes after its event, from the outbox and over to the present", async () => {
  const { hub, stream, emit } = fresh({ limits: { pageEvents: 7 } });
  await emit(...range(1, 40));
  for (const from of [0, 1, 20, 39, 40]) {
    const events = followed(hub, { stream, key, after: String(from) });
    if (from < 40) assert.deepEqual(sequences(await take(events, 40 - from)), range(from + 1, 40));
    else await events.ready;
    await events.return();
  }
  const events = followed(hub, { stream, key, after: "38" });
  assert.deepEqual(sequences(await take(events, 2)), [39, 40]);
  await emit(41);
  assert.deepEqual(sequences(await take(events, 1)), [41]);
  await hub.close();
});

test("a cursor that no event had is refused, also one of the future; the subscription is gone then", async () => {
  const { hub, stream, emit } = fresh();
  await emit(1, 2);
  const reader = followed(hub, { stream, key });
  await reader.ready;
  for (const wrong of ["3", "-1", "01", "1.5", "", "x", "9".repeat(16), "9007199254740993"]) {
    const events = followed(hub, { stream, key, after: wrong });
    await assert.rejects(events.next(), { reason: "INVALID_CURSOR", code: "INVALID_ARGUMENT" });
    assert.deepEqual(await events.next(), { done: true, value: undefined });
  }
  assert.equal(hub.stats.subscribers, 1);
  await hub.close();
});

test("a cursor that this process has not seen yet is taken, and what it had is not given again", async () => {
  const { hub, stream, emit } = fresh();
  await emit(1);
  const reader = followed(hub, { stream, key });
  await reader.ready;
  // Without a hint: another process has seen it, this one has not.
  const insert = sql`insert into trivium.outbox (id, stream, key, shard, sequence, type, version, payload, headers, created_at)
    select gen_random_uuid(), ${stream}, ${key}, 0, n, 't', 1, '1', '{}', now() from generate_series(2, 3) as n`;
  await database.query(insert);
  await database.query(sql`update trivium.event_sequence set last = 3 where stream = ${stream}`);
  const events = followed(hub, { stream, key, after: "3" });
  await events.ready;
  await emit(4);
  assert.deepEqual(sequences(await take(events, 1)), [4]);
  assert.deepEqual(sequences(await take(reader, 3)), [2, 3, 4]);
  await hub.close();
});

test("a cursor older than what the outbox keeps has expired; one just before what it keeps has not", async () => {
  const { hub, stream, emit } = fresh();
  await emit(...range(1, 10));
  await database.query(sql`delete from trivium.outbox where stream = ${stream} and sequence <= 6`);
  for (const from of ["1", "3", "5"]) {
    const events = followed(hub, { stream, key, after: from });
    await assert.rejects(events.next(), { reason: "CURSOR_EXPIRED", code: "OUT_OF_RANGE" });
  }
  assert.deepEqual(sequences(await take(followed(hub, { stream, key, after: "6" }), 4)), range(7, 10));
  await database.query(sql`delete from trivium.outbox where stream = ${stream}`);
  await assert.rejects(followed(hub, { stream, key, after: "9" }).next(), { reason: "CURSOR_EXPIRED" });
  const events = followed(hub, { stream, key, after: "10" });
  await events.ready;
  await emit(11);
  assert.deepEqual(sequences(await take(events, 1)), [11]);
  await hub.close();
});

test("what is removed before this process has read it is told to who follows, not passed over", async () => {
  const { hub, stream, emit } = fresh();
  const [first, second] = [followed(hub, { stream, key }), followed(hub, { stream, key })];
  await Promise.all([first.ready, second.ready]);
  await emit(1, 2);
  assert.deepEqual(sequences(await take(first, 2)), [1, 2]);
  const unread = await database.begin({ isolation: "read committed" });
  await unread.query(outboxStatement([3, 4, 5].map((n) => pendingEvent(stream, key, { data: { n } }))));
  await unread.query(sql`delete from trivium.outbox where stream = ${stream} and sequence in (3, 4)`);
  await unread.commit();
  await emit(6);
  await assert.rejects(first.next(), { reason: "CURSOR_EXPIRED" });
  await assert.rejects(take(second, 6), { reason: "CURSOR_EXPIRED" });
  assert.deepEqual(sequences(await take(followed(hub, { stream, key, after: "4" }), 2)), [5, 6]);
  await hub.close();
});

test("`0` begins with the first event that is kept, or at the present where none is", async () => {
  const { hub, stream, emit } = fresh({ limits: { recentEvents: 2, pageEvents: 1 } });
  const early = followed(hub, { stream, key, after: "0" });
  const witness = followed(hub, { stream, key });
  await Promise.all([early.ready, witness.ready]);
  await emit(...range(1, 10));
  assert.deepEqual(sequences(await take(early, 2)), [1, 2]);
  await take(witness, 10);
  await database.query(sql`delete from trivium.outbox where stream = ${stream} and sequence <= 6`);
  await assert.rejects(early.next(), { reason: "CURSOR_EXPIRED" }, "once it has begun it has no gap");
  assert.deepEqual(sequences(await take(followed(hub, { stream, key, after: "0" }), 4)), range(7, 10));
  await database.query(sql`delete from trivium.outbox where stream = ${stream}`);
  const events = followed(hub, { stream, key, after: "0" });
  const next = take(events, 1);
  await events.ready;
  await emit(11);
  assert.deepEqual(sequences(await next), [11]);
  await hub.close();
});

test("all who follow a key are given the same object, read once", async () => {
  const { hub, stream, emit } = fresh();
  const readers = Array.from({ length: 20 }, () => followed(hub, { stream, key }));
  await Promise.all(readers.map(({ ready }) => ready));
  const waiting = readers.map((reader) => take(reader, 2));
  await emit(1, 2);
  const seen = await Promise.all(waiting);
  for (const events of seen) for (const [index, event] of events.entries()) assert.equal(event, seen[0]?.[index]);
  assert.equal(hub.stats.keys, 1);
  await hub.close();
});

test("who falls behind what is at hand reads on from the outbox, and comes back to the present", async () => {
  const { hub, stream, emit } = fresh({ limits: { recentEvents: 4, pageEvents: 3 } });
  const slow = followed(hub, { stream, key });
  const quick = followed(hub, { stream, key });
  await slow.ready;
  const all = take(quick, 50);
  for (const n of range(1, 50)) await emit(n);
  assert.deepEqual(sequences(await all), range(1, 50));
  assert.equal(hub.stats.atHand, 4);
  assert.deepEqual(sequences(await take(slow, 50)), range(1, 50));
  const next = [take(slow, 1), take(quick, 1)];
  await emit(51);
  for (const events of await Promise.all(next)) assert.deepEqual(sequences(events), [51]);
  await hub.close();
});

test("who falls too far behind is cut off, and his last cursor resumes; who began far back is not", async () => {
  const { hub, stream, emit } = fresh({ limits: { recentEvents: 4, pageEvents: 5, mostBehind: 20 } });
  const slow = followed(hub, { stream, key });
  const quick = followed(hub, { stream, key });
  await slow.ready;
  const all = take(quick, 30);
  await emit(1);
  const [first] = await take(slow, 1);
  await emit(...range(2, 30));
  await all;
  await assert.rejects(slow.next(), { reason: "SLOW_CONSUMER", code: "RESOURCE_EXHAUSTED" });
  assert.deepEqual(await slow.next(), { done: true, value: undefined });
  assert.equal(hub.stats.cutOff, 1);
  const resumed = followed(hub, { stream, key, after: first?.cursor });
  assert.deepEqual(sequences(await take(resumed, 29)), range(2, 30));
  await hub.close();
});

test("what all keys have at hand is bounded, and nothing is missed for it", async () => {
  const { hub, stream } = fresh({ limits: { totalBytes: 20_000 } });
  const names = range(1, 30).map(String);
  const readers = names.map((name) => followed(hub, { stream, key: name }));
  await Promise.all(readers.map(({ ready }) => ready));
  for (const name of names)
    await commitEvents(
      database,
      range(1, 10).map(() => pendingEvent(stream, name, { data: "x".repeat(500) })),
    );
  const seen = await Promise.all(readers.map((reader) => take(reader, 10)));
  for (const events of seen) assert.deepEqual(sequences(events), range(1, 10));
  await until("all was read by the loop", () => hub.stats.atHand > 0);
  assert.ok(hub.stats.atHand <= 20, `${hub.stats.atHand} events are at hand`);
  await hub.close();
});

test("events too large for one answer come in several, of one key and of many", async () => {
  const { hub, stream } = fresh();
  const large = "x".repeat(400_000);
  const readers = ["a", "b", "c"].map((name) => followed(hub, { stream, key: name }));
  await Promise.all(readers.map(({ ready }) => ready));
  const events = ["a", "b", "c"].flatMap((name) => range(1, 4).map(() => pendingEvent(stream, name, { data: large })));
  await commitEvents(database, events);
  for (const reader of readers) assert.deepEqual(sequences(await take(reader, 4)), range(1, 4));
  assert.deepEqual(sequences(await take(followed(hub, { stream, key: "a", after: "0" }), 4)), range(1, 4));
  await hub.close();
});

test("a key that no event can have is refused, and harms nobody who follows another", async () => {
  const { hub, stream, emit } = fresh();
  const events = followed(hub, { stream, key });
  await events.ready;
  assert.throws(() => followed(hub, { stream, key: "a\0b" }), /zero character/);
  await emit(1);
  assert.deepEqual(sequences(await take(events, 1)), [1]);
  await hub.close();
});

test("an aborted signal ends it at once with its reason, whatever is at hand", async () => {
  const { hub, stream, emit } = fresh();
  const abort = new AbortController();
  const { signal } = abort;
  const steady = followed(hub, { stream, key });
  const waiting = followed(hub, { stream, key, signal });
  const untouched = followed(hub, { stream, key, signal });
  await Promise.all([steady.ready, waiting.ready, untouched.ready]);
  await emit(1, 2, 3);
  await take(waiting, 3);
  const next = waiting.next();
  abort.abort(new Error("gone"));
  await assert.rejects(next, { reason: "INTERNAL" });
  await assert.rejects(untouched.next(), { reason: "INTERNAL" });
  const late = followed(hub, { stream, key, signal });
  await late.ready;
  await assert.rejects(late.next(), { reason: "INTERNAL" });
  assert.deepEqual(sequences(await take(steady, 3)), [1, 2, 3]);
  await steady.return();
  assert.deepEqual([hub.stats.subscribers, hub.stats.keys, hub.stats.atHand], [0, 0, 0]);
  await hub.close();
});

test("who leaves while he waits comes to the end; nothing is read, kept or listened to when all have left", async () => {
  let listening = 0;
  const { hub, stream, emit } = fresh({ database: countingListeners(database, (by) => (listening += by)) });
  const events = followed(hub, { stream, key });
  await events.ready;
  const next = events.next();
  await events.return();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual(await events.next(), { done: true, value: undefined });
  assert.deepEqual([hub.stats.subscribers, hub.stats.keys, listening], [0, 0, 0]);
  await emit(1);
  const again = followed(hub, { stream, key });
  await again.ready;
  assert.equal(listening, 1);
  await emit(2);
  assert.deepEqual(sequences(await take(again, 1)), [2]);
  await hub.close();
});

test("on a quiet key those who come and go leave nothing behind", async () => {
  const { hub, stream } = fresh();
  const steady = followed(hub, { stream, key });
  await steady.ready;
  const pending = steady.next();
  const gone: WeakRef<object>[] = [];
  for (let n = 0; n < 200; n++) {
    const events = followed(hub, { stream, key });
    void events.next();
    await events.return();
    gone.push(new WeakRef(events));
  }
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--expose-gc");
  const collect = (await import("node:vm")).runInNewContext("gc") as () => void;
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const kept = gone.filter((ref) => ref.deref() !== undefined).length;
  assert.ok(kept < 10, `${kept} of 200 are kept`);
  await hub.close();
  await assert.rejects(pending, { reason: "SHUTTING_DOWN" });
});

test("closing ends everybody with an error that may be resumed, and later ones too", async () => {
  const { hub, stream, emit } = fresh();
  const [waiting, idle] = [followed(hub, { stream, key }), followed(hub, { stream, key })];
  await waiting.ready;
  const next = waiting.next();
  await Promise.all([assert.rejects(next, { reason: "SHUTTING_DOWN", code: "UNAVAILABLE" }), hub.close()]);
  await emit(1);
  await assert.rejects(idle.next(), { reason: "SHUTTING_DOWN" });
  const late = followed(hub, { stream, key });
  await late.ready;
  await assert.rejects(late.next(), { reason: "SHUTTING_DOWN" });
  assert.equal(hub.stats.subscribers, 0);
});

test("a hint that was lost only costs time: all keys are looked at now and then", async () => {
  const { hub, stream } = fresh({ pollInterval: 50 });
  // A key of its own: late hints for the other tests' would be heard too.
  const key = randomUUID();
  const events = followed(hub, { stream, key });
  await events.ready;
  await database.query(sql`insert into trivium.outbox (id, stream, key, shard, sequence, type, version, payload, headers, created_at)
    select gen_random_uuid(), ${stream}, ${key}, 0, 1, 't', 1, '1', '{}', now()`);
  await database.query(sql`insert into trivium.event_sequence values (${stream}, ${key}, 1)`);
  assert.deepEqual(sequences(await take(events, 1)), [1]);
  await hub.close();
});

test("1,000 who follow one key see every event once and in order, over one reader", async () => {
  const { hub, stream, emit } = fresh();
  const readers = Array.from({ length: 1_000 }, () => followed(hub, { stream, key }));
  await Promise.all(readers.map(({ ready }) => ready));
  const all = readers.map((reader) => take(reader, 200));
  for (let n = 1; n <= 200; n += 10) await emit(...range(n, n + 9));
  for (const events of await Promise.all(all)) assert.deepEqual(sequences(events), range(1, 200));
  assert.ok(hub.stats.atHand <= 256);
  await hub.close();
});
