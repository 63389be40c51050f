import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Transaction } from "../database/database.ts";
import { commitEvents, commitMany, pendingEvent, storedEvents, upTo } from "../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../testing/events/stream-database.ts";
import { outboxEvidence, outboxStatement } from "./outbox.ts";
import { shardCount, shardOf } from "./shard.ts";

let streams: StreamDatabase;

before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

const begin = (): Promise<Transaction> => streams.database.begin({ isolation: "read committed" });

test("twenty writers of one key: numbers are gapless and in commit order", async () => {
  const stream = randomUUID();
  const committed: string[] = [];
  await Promise.all(
    upTo(20).map(async () => {
      const database = streams.database;
      for (let round = 0; round < 10; round++) {
        const event = pendingEvent(stream, "key");
        const transaction = await database.begin({ isolation: "read committed" });
        await transaction.query(outboxStatement([event]));
        // The row lock is held until COMMIT: nobody else has a number between this and the next line.
        committed.push(event.id);
        await transaction.commit();
      }
    }),
  );
  const events = await storedEvents(streams.database, stream);
  assert.deepEqual(
    events.map((event) => event.sequence),
    upTo(200),
  );
  assert.deepEqual(
    events.map((event) => event.id),
    committed,
  );
});

test("events of one unit are numbered per key in the order in which they were emitted", async () => {
  const stream = randomUUID();
  await commitMany(streams.database, stream, "b", 2);
  const events = ["b", "a", "b", "c", "a", "b"].map((key, index) => pendingEvent(stream, key, { data: { index } }));
  await commitEvents(streams.database, events);
  const stored = (await storedEvents(streams.database, stream)).filter((event) =>
    events.some((e) => e.id === event.id),
  );
  assert.deepEqual(
    stored.map(({ key, sequence, data }) => [key, sequence, (data as { index: number }).index]),
    [
      ["a", 1, 1],
      ["a", 2, 4],
      ["b", 3, 0],
      ["b", 4, 2],
      ["b", 5, 5],
      ["c", 1, 3],
    ],
  );
});

test("units that emit to the same keys in opposite order do not deadlock", async () => {
  const stream = randomUUID();
  const keys = upTo(30).map(String);
  const orders = [keys, keys.toReversed()];
  await Promise.all(
    upTo(8).map(async (worker) => {
      const order = orders[worker % 2] ?? [];
      for (let round = 0; round < 5; round++) {
        await commitEvents(
          streams.database,
          order.map((key) => pendingEvent(stream, key)),
        );
      }
    }),
  );
  const stored = await storedEvents(streams.database, stream);
  assert.equal(stored.length, 8 * 5 * 30);
  assert.ok(
    Map.groupBy(stored, (event) => event.key)
      .values()
      .every((group) => group.at(-1)?.sequence === 40),
  );
});

test("a rolled-back unit leaves no event, no number and no evidence", async () => {
  const stream = randomUUID();
  await commitMany(streams.database, stream, "key", 1);
  const lost = [pendingEvent(stream, "key"), pendingEvent(stream, "new")];
  const transaction = await begin();
  await transaction.query(outboxStatement(lost));
  await transaction.rollback();
  assert.equal((await streams.database.query(outboxEvidence(lost))).rowCount, 0);
  const kept = [pendingEvent(stream, "key"), pendingEvent(stream, "new")];
  await commitEvents(streams.database, kept);
  assert.equal((await streams.database.query(outboxEvidence(kept))).rowCount, 1);
  assert.deepEqual(
    (await storedEvents(streams.database, stream)).map(({ key, sequence }) => [key, sequence]),
    [
      ["key", 1],
      ["key", 2],
      ["new", 1],
    ],
  );
});

test("a shard is a stable function of the key", () => {
  // These never change: rows that were written keep their shard.
  assert.deepEqual(
    ["", "a", "channel-1", "é", "0192f0c1-0000-7000-8000-000000000000"].map(shardOf),
    [5, 44, 46, 1, 44],
  );
  const shards = new Set(upTo(2_000).map((index) => shardOf(`key-${index}`)));
  assert.equal(shards.size, shardCount);
});
