import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { DatabaseError } from "../../database/database-error.ts";
import {
  commitEvents,
  commitMany,
  type EffectConsumerOptions,
  effectConsumer,
  effectsOf,
  keptLog,
  keptMetrics,
  pendingEvent,
  sequencesOf,
  storedEvents,
  upTo,
} from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import { listParked, showParked } from "../dead-letters.ts";
import type { StoredEvent } from "../event-record.ts";
import { createLogBus } from "../log/log-bus.ts";
import { registerGroup } from "../log/registration.ts";
import { shardOf } from "../shard.ts";
import { ConsumerWorker } from "./consumer-worker.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

const signal = new AbortController().signal;

/** A stream with a registered consumer, to which events are delivered by hand. */
async function openConsumer(options: Partial<EffectConsumerOptions> = {}) {
  const { database } = streams;
  const stream = options.stream ?? randomUUID();
  const name = options.name ?? randomUUID();
  const spec = effectConsumer({ ...options, database, name, stream });
  await registerGroup(database, { group: name, stream, start: spec.start });
  const metrics = keptMetrics();
  const log = keptLog();
  const worker = new ConsumerWorker({ database, spec, log, metrics });
  return {
    stream,
    name,
    metrics,
    log,
    deliver: (events: readonly StoredEvent[]) => worker.deliver(events, signal),
    effects: () => effectsOf(database, name),
    parked: () => listParked(database, { consumer: name }),
    inbox: async (key: string) => {
      const { rows } = await database.query({
        text: "select sequence from trivium.inbox where consumer = $1 and key = $2",
        values: [name, key],
      });
      return rows[0]?.sequence;
    },
  };
}

const stored = (stream: string): Promise<StoredEvent[]> => storedEvents(streams.database, stream);

async function publish(events: readonly StoredEvent[]): Promise<void> {
  const bus = createLogBus({ database: streams.database, log: keptLog() });
  for (const [shard, batch] of Map.groupBy(events, (event) => shardOf(event.key))) {
    await bus.publish(shard, batch, signal);
  }
}

test("an event delivered again has no second effect", async () => {
  const consumer = await openConsumer();
  await commitMany(streams.database, consumer.stream, "key", 5);
  const events = await stored(consumer.stream);
  await consumer.deliver(events);
  await consumer.deliver(events.slice(2));
  await Promise.all([consumer.deliver(events), consumer.deliver(events.slice(4))]);
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), upTo(5));
  assert.equal(consumer.metrics.of("applied"), 5);
});

test("a hole is filled from the outbox before the event, also where it is not published", async () => {
  const consumer = await openConsumer();
  await commitMany(streams.database, consumer.stream, "key", 6);
  const events = await stored(consumer.stream);
  await consumer.deliver(events.slice(0, 1));
  await consumer.deliver(events.slice(4, 5));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), upTo(5));
  assert.equal(consumer.metrics.of("gap"), 1);
  await consumer.deliver(events);
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), upTo(6));
});

test("a hole of more events than are fetched at once is filled too", async () => {
  const consumer = await openConsumer();
  await commitEvents(
    streams.database,
    upTo(250).map(() => pendingEvent(consumer.stream, "key")),
  );
  await consumer.deliver((await stored(consumer.stream)).slice(-1));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), upTo(250));
});

test("without a baseline the outbox decides: what was published before the start does not belong", async () => {
  const stream = randomUUID();
  await commitMany(streams.database, stream, "key", 2);
  await publish(await stored(stream));
  const consumer = await openConsumer({ stream, start: "now" });
  await commitMany(streams.database, stream, "key", 1);
  await consumer.deliver((await stored(stream)).slice(2));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [3]);
  assert.equal(consumer.metrics.of("gap"), 0);
});

test("without a baseline an earlier event that belongs comes first", async () => {
  const stream = randomUUID();
  await commitMany(streams.database, stream, "key", 3);
  await publish((await stored(stream)).slice(0, 1));
  const consumer = await openConsumer({ stream, start: "now" });
  await commitMany(streams.database, stream, "key", 1);
  await consumer.deliver((await stored(stream)).slice(3));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [2, 3, 4]);
});

test("a missing event that the outbox no longer has parks the key as GAP_LOST", async () => {
  const consumer = await openConsumer();
  await commitMany(streams.database, consumer.stream, "key", 5);
  const events = await stored(consumer.stream);
  await consumer.deliver(events.slice(0, 1));
  await streams.database.query({
    text: "delete from trivium.outbox where stream = $1 and sequence in (2, 3)",
    values: [consumer.stream],
  });
  await consumer.deliver(events.slice(3));
  await consumer.deliver(events.slice(3));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [1]);
  assert.deepEqual(
    (await consumer.parked()).map(({ sequence, reason, error }) => [sequence, reason, error]),
    [
      [4, "GAP_LOST", "Events 2 to 3 are gone"],
      [5, "BEHIND", undefined],
    ],
  );
});

test("an event that fails each time parks its key: later ones queue behind in order, other keys go on", async () => {
  let runs = 0;
  const consumer = await openConsumer({
    handle: async (event) => {
      if (event.key !== "bad" || event.sequence !== 2) return;
      runs++;
      throw new TypeError("cannot read the thing");
    },
  });
  for (const key of ["bad", "good"]) await commitMany(streams.database, consumer.stream, key, 4);
  const events = await stored(consumer.stream);
  for (const key of ["bad", "good"]) await consumer.deliver(events.filter((event) => event.key === key));
  assert.equal(runs, 3);
  assert.deepEqual(sequencesOf(await consumer.effects(), "bad"), [1]);
  assert.deepEqual(sequencesOf(await consumer.effects(), "good"), upTo(4));
  const parked = await consumer.parked();
  assert.deepEqual(
    parked.map(({ key, sequence, reason, error }) => [key, sequence, reason, error]),
    [
      ["bad", 2, "FAILED", "TypeError: cannot read the thing"],
      ["bad", 3, "BEHIND", undefined],
      ["bad", 4, "BEHIND", undefined],
    ],
  );
  const [first] = parked;
  assert.ok(first);
  assert.deepEqual((await showParked(streams.database, first))?.event, events[1]);
  assert.equal(await showParked(streams.database, { ...first, sequence: 1 }), undefined);
  // Delivered again, nothing changes.
  await consumer.deliver(events.filter((event) => event.key === "bad"));
  assert.equal((await consumer.parked()).length, 3);
  assert.equal(runs, 3);
});

test("the list of parked events is read page by page", async () => {
  const consumer = await openConsumer({ verdict: () => "too new" });
  await commitMany(streams.database, consumer.stream, "key", 5);
  await consumer.deliver(await stored(consumer.stream));
  const first = await listParked(streams.database, { consumer: consumer.name, limit: 3 });
  const second = await listParked(streams.database, { consumer: consumer.name, limit: 3, after: first.at(-1) });
  assert.deepEqual(
    [first, second].map((page) => page.map((row) => row.sequence)),
    [
      [1, 2, 3],
      [4, 5],
    ],
  );
});

test("what the operator reads of a database error has none of its values", async () => {
  const consumer = await openConsumer({
    handle: async (_event, transaction) => {
      await transaction.query({ text: "select $1::uuid", values: ["planted-secret"] });
    },
  });
  await commitEvents(streams.database, [pendingEvent(consumer.stream, "key", { data: { text: "\u0000" } })]);
  await consumer.deliver(await stored(consumer.stream));
  const [parked] = await consumer.parked();
  assert.equal(parked?.error, "DatabaseError: statement (SQLSTATE 22P02)");
});

test("an event of a version that the code does not know parks its key", async () => {
  const consumer = await openConsumer({ verdict: (_type, version) => (version > 1 ? "too new" : "handle") });
  await commitEvents(
    streams.database,
    [1, 2, 1].map((version) => pendingEvent(consumer.stream, "key", { version })),
  );
  await consumer.deliver(await stored(consumer.stream));
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [1]);
  assert.deepEqual(
    (await consumer.parked()).map(({ sequence, reason }) => [sequence, reason]),
    [
      [2, "TOO_NEW"],
      [3, "BEHIND"],
    ],
  );
});

test("the inbox moves over events that are not handled, without moving over a hole", async () => {
  const consumer = await openConsumer({ verdict: (type) => (type === "wanted" ? "handle" : "skip") });
  const types = ["other", "other", "wanted", "other", "other", "other", "wanted"];
  await commitEvents(
    streams.database,
    types.map((type) => pendingEvent(consumer.stream, "key", { type })),
  );
  const events = await stored(consumer.stream);
  await consumer.deliver(events.slice(0, 2));
  assert.equal(await consumer.inbox("key"), 2);
  await consumer.deliver(events.slice(4, 6));
  assert.equal(await consumer.inbox("key"), 6);
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [3]);
  await consumer.deliver(events);
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [3, 7]);
  assert.equal(await consumer.inbox("key"), 7);
});

test("many keys without a handler are moved over in few round trips", async () => {
  const consumer = await openConsumer({ verdict: () => "skip" });
  const keys = upTo(40).map(String);
  await commitEvents(
    streams.database,
    keys.flatMap((key) => upTo(10).map(() => pendingEvent(consumer.stream, key))),
  );
  const events = await stored(consumer.stream);
  await Promise.all(keys.map((key) => consumer.deliver(events.filter((event) => event.key === key))));
  for (const key of keys) assert.equal(await consumer.inbox(key), 10);
  assert.equal(consumer.metrics.of("skipped"), 400);
});

test("prepare runs once, after the inbox was asked, and its result reaches the handler", async () => {
  const prepared: number[] = [];
  const handled: unknown[] = [];
  const consumer = await openConsumer({
    prepare: async (event) => {
      prepared.push(event.sequence);
      return `prepared ${event.sequence}`;
    },
    handle: async (_event, _transaction, result) => void handled.push(result),
  });
  await commitMany(streams.database, consumer.stream, "key", 3);
  const events = await stored(consumer.stream);
  await consumer.deliver(events.slice(2));
  await consumer.deliver(events);
  assert.deepEqual(prepared, [1, 2, 3]);
  assert.deepEqual(handled, ["prepared 1", "prepared 2", "prepared 3"]);
});

test("prepare does not run for events behind a parked one", async () => {
  const prepared: number[] = [];
  const consumer = await openConsumer({
    prepare: async (event) => {
      prepared.push(event.sequence);
      throw new Error("the other side is down");
    },
  });
  await commitMany(streams.database, consumer.stream, "key", 3);
  await consumer.deliver(await stored(consumer.stream));
  assert.deepEqual(prepared, [1, 1, 1]);
  assert.deepEqual(
    (await consumer.parked()).map(({ reason }) => reason),
    ["FAILED", "BEHIND", "BEHIND"],
  );
});

test("an outage of the database parks nothing: the delivery is refused and comes again", async () => {
  let failures = 4;
  const consumer = await openConsumer({
    handle: async () => {
      if (failures-- > 0) throw new DatabaseError("unavailable", "the connection was lost");
    },
  });
  await commitMany(streams.database, consumer.stream, "key", 1);
  const events = await stored(consumer.stream);
  for (let attempt = 0; attempt < 4; attempt++) await assert.rejects(consumer.deliver(events), DatabaseError);
  await consumer.deliver(events);
  assert.deepEqual(await consumer.parked(), []);
  assert.deepEqual(sequencesOf(await consumer.effects(), "key"), [1]);
});

test("an event that another worker applied while it failed here is not parked", async () => {
  const name = randomUUID();
  const stream = randomUUID();
  const other = await openConsumer({ name, stream });
  let runs = 0;
  const failing = await openConsumer({
    name,
    stream,
    prepare: async () => {
      if (++runs === 3) await other.deliver(await stored(stream));
      throw new Error("this worker is ill");
    },
  });
  await commitMany(streams.database, stream, "key", 1);
  await failing.deliver(await stored(stream));
  assert.equal(runs, 3);
  assert.deepEqual(await failing.parked(), []);
  assert.deepEqual(sequencesOf(await other.effects(), "key"), [1]);
});
