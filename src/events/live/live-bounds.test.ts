// What following costs: statements, rows at a time, and plans, with many who follow, many keys and large events.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Database } from "../../database/database.ts";
import type { Row, Statement } from "../../database/statement.ts";
import { sql } from "../../database/statement.ts";
import { commitEvents, pendingEvent, until } from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import { closeHubs, followed, openHub, post, range, sequences, take } from "./live.fixture.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(async () => {
  await closeHubs();
  await streams.close();
});

const key = "key";

/** The database, with what live readers ask it, and how to hold that back. */
function watched() {
  const asked: { readonly name: string; readonly values: readonly unknown[]; readonly rows: readonly Row[] }[] = [];
  const state = { asked, gate: Promise.resolve() };
  const query = async (statement: Statement, limits?: object) => {
    await state.gate;
    const result = await streams.database.query(statement, limits);
    const { name = "", values } = statement;
    if (name.startsWith("trivium_live")) asked.push({ name, values, rows: result.rows });
    return result;
  };
  const database: Database = Object.create(streams.database, { query: { value: query } });
  return Object.assign(state, { database, of: (name: string) => asked.filter((each) => each.name === name) });
}

const emit = (stream: string, count: number, data: unknown) =>
  commitEvents(
    streams.database,
    range(1, count).map(() => pendingEvent(stream, key, { data })),
  );

test("1,000 who follow a key ask once when they come and once for each post, not each for himself", async () => {
  const { database, asked } = watched();
  const [hub, stream] = [openHub(database), randomUUID()];
  const readers = range(1, 1_000).map(() => followed(hub, { stream, key }));
  await Promise.all(readers.map(({ ready }) => ready));
  assert.ok(asked.length <= 2, `${asked.length} statements at the start`);
  asked.length = 0;
  for (const n of range(1, 20)) {
    const seen = readers.map((reader) => take(reader, 1));
    await post(streams.database, stream, key, n);
    for (const events of await Promise.all(seen)) assert.deepEqual(sequences(events), [n]);
  }
  // A hint of another process may come after the news.
  assert.ok(asked.length <= 41, `${asked.length} statements for 20 posts`);
  await hub.close();
});

test("of 5,000 keys only those that have news are asked for, and when all are it is by few statements", {
  timeout: 60_000,
}, async (t) => {
  const { database, asked } = watched();
  const [hub, stream] = [openHub(database), randomUUID()];
  const names = range(1, 5_000).map((n) => `key ${n}`);
  const readers = names.map((name) => followed(hub, { stream, key: name }));
  const since = performance.now();
  await Promise.all(readers.map(({ ready }) => ready));
  t.diagnostic(`5,000 keys begin in ${Math.round(performance.now() - since)} ms by ${asked.length} statements`);
  assert.ok(asked.length <= 30);
  asked.length = 0;
  const posted = performance.now();
  for (const [index, name] of names.slice(0, 20).entries()) {
    await post(streams.database, stream, name, 1);
    const reader = readers[index];
    assert.ok(reader);
    await take(reader, 1);
  }
  t.diagnostic(`from post to seen: ${((performance.now() - posted) / 20).toFixed(1)} ms`);
  const looked = asked.reduce((sum, { values }) => sum + (values[0] as unknown[]).length, 0); // the statement's keys
  assert.ok(looked <= 400, `${looked} keys were looked at for 20 posts`);
  await hub.close();
});

test("what one look brings is at hand for all who waited, however large: none of them asks for himself", async () => {
  const { database, of } = watched();
  const [hub, stream] = [openHub(database), randomUUID()];
  const readers = range(1, 50).map(() => followed(hub, { stream, key }));
  await Promise.all(readers.map(({ ready }) => ready));
  const seen = readers.map((reader) => take(reader, 5));
  await emit(stream, 5, "x".repeat(600_000));
  for (const events of await Promise.all(seen)) assert.deepEqual(sequences(events), range(1, 5));
  assert.equal(of("trivium_live_page").length, 0);
  assert.ok(Math.max(...of("trivium_live_news").map(({ rows }) => rows.length)) <= 2);
  await hub.close();
});

test("a page of the past, of which every reader may hold one, is small", async () => {
  const { database, of } = watched();
  const [hub, stream] = [openHub(database), randomUUID()];
  await emit(stream, 100, "x".repeat(10_000));
  assert.deepEqual(sequences(await take(followed(hub, { stream, key, after: "0" }), 100)), range(1, 100));
  for (const { rows } of of("trivium_live_page")) assert.ok(rows.length <= 27, `${rows.length} events of 10 kB`);
  await emit(stream, 2, "x".repeat(890_000));
  assert.deepEqual(sequences(await take(followed(hub, { stream, key, after: "100" }), 2)), [101, 102]);
  await hub.close();
});

/** How many of these are not yet let go of. */
async function keptOf(gone: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString("--expose-gc");
  await tick();
  runInNewContext("gc")();
  return gone.filter((ref) => ref.deref() !== undefined).length;
}

test("those who come and go while the database is away leave nothing behind", async (t) => {
  const state = watched();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  t.after(() => gate.resolve());
  const [hub, stream] = [openHub(state.database), randomUUID()];
  const steady = followed(hub, { stream, key });
  const gone: WeakRef<object>[] = [];
  for (let n = 0; n < 200; n++) {
    const events = followed(hub, { stream, key, after: n % 2 === 0 ? undefined : "0" });
    await events.return();
    gone.push(new WeakRef(events));
  }
  const kept = await keptOf(gone);
  assert.ok(kept < 10, `${kept} of 200 are kept`);
  gate.resolve();
  await steady.ready;
  await post(streams.database, stream, key, 1);
  assert.deepEqual(sequences(await take(steady, 1)), [1]);
  await hub.close();
});

test("those who leave while they wait for their turn to read the past leave nothing behind", async (t) => {
  const state = watched();
  const gate = Promise.withResolvers<void>();
  const [hub, stream] = [openHub(state.database), randomUUID()];
  await post(streams.database, stream, key, 1, 2);
  const steady = followed(hub, { stream, key });
  await steady.ready;
  state.gate = gate.promise;
  t.after(() => gate.resolve());
  const patient = range(1, 2).map(() => followed(hub, { stream, key, after: "0" }));
  const first = Promise.all(patient.map((events) => take(events, 2)));
  const gone: WeakRef<object>[] = [];
  for (let n = 0; n < 200; n++) {
    // One waits for a page of the past, the next to hear whether there was such an event.
    const events = followed(hub, { stream, key, after: n % 2 === 0 ? "1" : "9" });
    void events.next();
    await tick();
    await events.return();
    gone.push(new WeakRef(events));
  }
  const kept = await keptOf(gone);
  assert.ok(kept < 10, `${kept} of 200 are kept`);
  gate.resolve();
  for (const events of await first) assert.deepEqual(sequences(events), [1, 2]);
  await hub.close();
});

test("with 100,000 events, many keys and partitions, all that is asked is looked up by index", {
  timeout: 60_000,
}, async () => {
  const { database, asked } = watched();
  const stream = randomUUID();
  const day = "date '2026-01-01' + n";
  const partitions = `do $$ begin for n in 0..5 loop
    execute format('create table trivium.outbox_%s partition of trivium.outbox for values from (%L) to (%L)', n, ${day}, ${day} + 1);
  end loop; end $$`;
  await streams.database.query({ text: partitions, values: [] });
  await streams.database.query(sql`insert into trivium.event_sequence (stream, key, last)
    select ${stream}, 'k' || n, 5 from generate_series(1, 20000) as n`);
  await streams.database.query(sql`insert into trivium.outbox (id, stream, key, shard, sequence, type, version, payload, headers, created_at)
    select gen_random_uuid(), ${stream}, 'k' || k, 0, s, 't', 1, '{}', '{}', timestamptz '2026-01-01' + s * interval '1 day'
    from generate_series(1, 20000) as k, generate_series(1, 5) as s`);
  await streams.database.query(sql`analyze trivium.event_sequence`);
  await streams.database.query(sql`analyze trivium.outbox`);
  const hub = openHub(database);
  const keys = range(1, 256).map((n) => `k${n * 7}`);
  const readers = keys.map((name) => followed(hub, { stream, key: name, after: "2" }));
  for (const reader of readers) assert.deepEqual(sequences(await take(reader, 3)), [3, 4, 5]);
  const seen = readers.map((reader) => take(reader, 1));
  await commitEvents(
    streams.database,
    keys.map((name) => pendingEvent(stream, name)),
  );
  for (const events of await Promise.all(seen)) assert.deepEqual(sequences(events), [6]);
  await until("both were asked", () => asked.length >= 258);
  await hub.close();
  const { newsText, pageText } = await import("./live-queries.ts");
  const columns = [keys.map(() => stream), keys, keys.map(() => 3)];
  for (const [text, types, values] of [
    [newsText, ["text[]", "text[]", "bigint[]", "bigint", "bigint"], [...columns, 100, 1_000_000]],
    [pageText, ["text", "text", "bigint", "bigint", "bigint"], [stream, "k7", 2, 100, 100_000]],
  ] as const) {
    for (const mode of ["force_custom_plan", "force_generic_plan"]) {
      const plan = await planOf(text, types, values, mode);
      assert.match(plan, /Index (Only )?Scan using outbox_\w*stream_key_sequence/);
      // Partitions without rows are read at no cost.
      assert.doesNotMatch(plan, /Seq Scan on (?!outbox_(0|default))/, plan);
    }
  }
});

/** How the server runs it. */
async function planOf(text: string, types: readonly string[], values: readonly unknown[], mode: string) {
  const literal = (value: unknown): string => (Array.isArray(value) ? `'{${value.join(",")}}'` : `'${String(value)}'`);
  const transaction = await streams.database.begin({ isolation: "read committed" });
  const run = (statement: string) => transaction.query({ text: statement, values: [] });
  try {
    await run(`set local plan_cache_mode = ${mode}`);
    await run(`prepare live (${types.join(", ")}) as ${text}`);
    const { rows } = await run(
      `explain (analyze, costs off, timing off, summary off) execute live (${values.map(literal).join(", ")})`,
    );
    await run("deallocate live");
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  } finally {
    await transaction.rollback();
  }
}
