// The outbox as a log under the event-bus suite, on both databases, and what only the log can show.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database, Transaction, TransactionOptions } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { type EventBusSubject, eventBusSuite } from "../../testing/event-bus-suite.ts";
import {
  commitEvents,
  everythingOwned,
  keptLog,
  lockWaits,
  pendingEvent,
  storedEvents,
  until,
} from "../../testing/events/event-fixtures.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import type { Subscriber } from "../event-bus.ts";
import type { StoredEvent } from "../event-record.ts";
import { createOwnership } from "../ownership.ts";
import { shardOf } from "../shard.ts";
import { createLogBus } from "./log-bus.ts";

interface Opened {
  readonly databases: readonly [Database, Database];
  close(): Promise<void>;
}

async function openEmbedded(): Promise<Opened> {
  const database = await freshEmbedded();
  return { databases: [database, database], close: () => database.close() };
}

async function openServer(): Promise<Opened> {
  const server = await startPostgres();
  const { url, drop } = await server.createDatabase();
  const databases = [await createPostgresDatabase({ url }), await createPostgresDatabase({ url })] as const;
  const close = async (): Promise<void> => {
    await Promise.all(databases.map((database) => database.close()));
    await drop();
    await server.stop();
  };
  return { databases, close };
}

function subjectOf(databases: readonly [Database, Database]): EventBusSubject {
  const bus = (database: Database) => {
    const log = keptLog();
    const ownership = createOwnership({ database, log, interval: 100 });
    return createLogBus({ database, log, ownership, pollInterval: 200 });
  };
  return {
    buses: [bus(databases[0]), bus(databases[1])],
    commit: async (events) => {
      await commitEvents(databases[0], events);
      const ids = new Set(events.map((event) => event.id));
      const streams = [...new Set(events.map((event) => event.stream))].sort();
      const stored = await Promise.all(streams.map((stream) => storedEvents(databases[0], stream)));
      return stored.flat().filter((event) => ids.has(event.id));
    },
  };
}

for (const { name, open, opensTwo } of [
  { name: "embedded database", open: openEmbedded, opensTwo: false },
  { name: "PostgreSQL server", open: openServer, opensTwo: true },
]) {
  describe(name, () => {
    let opened: Opened;
    let subject: EventBusSubject;
    before(async () => {
      opened = await open();
      await migrateUp(opened.databases[0], undefined);
      subject = subjectOf(opened.databases);
    });
    after(() => opened.close());
    eventBusSuite({ test, subject: () => subject });
    if (opensTwo)
      pausedPublisherSuite(
        () => opened,
        () => subject,
      );
  });
}

/** What a relay does that stops in the middle and wakes late. */
function pausedPublisherSuite(opened: () => Opened, subject: () => EventBusSubject): void {
  test("a publisher that pauses before COMMIT leaves no hole behind a reader", async () => {
    const stream = randomUUID();
    const seen: StoredEvent[] = [];
    const [database, other] = opened().databases;
    const gate = Promise.withResolvers<void>();
    const atCommit = Promise.withResolvers<void>();
    const paused = createLogBus({ database: pausedAtCommit(database, gate.promise, atCommit.resolve), log: keptLog() });
    const quick = createLogBus({ database: other, log: keptLog() });
    const subscription = await subject().buses[1].subscribe(reader(stream, seen));
    try {
      const events = await subject().commit(["a", "a", "a", "a"].map((key) => pendingEvent(stream, key)));
      const [shard, signal] = [shardOf("a"), AbortSignal.timeout(10_000)];
      const late = paused.publish(shard, events.slice(0, 2), signal);
      await atCommit.promise;
      // The same batch and more, by a relay that took the shard over.
      const next = quick.publish(shard, events, signal);
      await until("the other waits for the shard", async () => (await lockWaits(database)) > 0);
      assert.equal(seen.length, 0);
      gate.resolve();
      await Promise.all([late, next]);
      await until("all arrive", () => seen.length === 4);
      assert.deepEqual(
        seen.map((event) => event.sequence),
        [1, 2, 3, 4],
      );
    } finally {
      await subscription.stop();
    }
  });

  test("what is read and not yet delivered is bounded, though many shards grow while one is behind", async () => {
    const stream = randomUUID();
    const [database] = opened().databases;
    const read: number[] = [];
    const query: Database["query"] = async (statement, limits) => {
      const result = await database.query(statement, limits);
      if (statement.name === "trivium_log_read") read.push(result.rows.length);
      return result;
    };
    const watched: Database = Object.create(database, { query: { value: query } });
    const bus = createLogBus({ database: watched, log: keptLog(), ownership: everythingOwned, pollInterval: 50 });
    const gate = Promise.withResolvers<void>();
    let delivered = 0;
    const subscription = await bus.subscribe({
      ...reader(stream, []),
      deliver: async (events) => {
        await gate.promise;
        delivered += events.length;
      },
    });
    const publish = async (key: string, count: number): Promise<void> => {
      const events = await subject().commit(Array.from({ length: count }, () => pendingEvent(stream, key)));
      await subject().buses[0].publish(shardOf(key), events, AbortSignal.timeout(10_000));
    };
    try {
      await publish("behind", 600);
      await until("no more is read", () => read.reduce((sum, rows) => sum + rows, 0) >= 256);
      const others = Map.groupBy(
        Array.from({ length: 100 }, (_, n) => `key-${n}`).filter((key) => shardOf(key) !== shardOf("behind")),
        shardOf,
      );
      const keys = [...others.values()].slice(0, 16).flatMap((some) => some.slice(0, 1));
      for (const key of keys) await publish(key, 128);
      read.length = 0;
      gate.resolve();
      await until("all is delivered", () => delivered === 600 + keys.length * 128);
      assert.ok(Math.max(...read) <= 1_024, `${Math.max(...read)} events were read at once`);
    } finally {
      gate.resolve();
      await subscription.stop();
    }
  });

  test("a publisher that wakes with a batch that others have published adds nothing and no disorder", async () => {
    const stream = randomUUID();
    const seen: StoredEvent[] = [];
    const subscription = await subject().buses[1].subscribe(reader(stream, seen));
    try {
      const [shard, signal] = [shardOf("a"), AbortSignal.timeout(10_000)];
      const stale = await subject().commit(["a", "a", "a"].map((key) => pendingEvent(stream, key)));
      await subject().buses[1].publish(shard, stale.slice(0, 2), signal);
      await until("two arrive", () => seen.length === 2);
      await subject().buses[0].publish(shard, stale, signal);
      const later = await subject().commit([pendingEvent(stream, "a")]);
      await subject().buses[1].publish(shard, later, signal);
      await until("all arrive", () => seen.length === 4);
      assert.deepEqual(
        seen.map((event) => event.sequence),
        [1, 2, 3, 4],
      );
    } finally {
      await subscription.stop();
    }
  });
}

function reader(stream: string, seen: StoredEvent[]): Subscriber {
  const deliver = async (events: readonly StoredEvent[]) => void seen.push(...events);
  return { group: randomUUID(), stream, start: "earliest", concurrency: 4, deliver, unreadable: async () => {} };
}

/** The database as a process has it that stops just before it sends COMMIT. */
function pausedAtCommit(database: Database, gate: Promise<void>, reached: () => void): Database {
  const begin = async (options: TransactionOptions): Promise<Transaction> => {
    const transaction = await database.begin(options);
    return {
      backend: transaction.backend,
      query: (statement) => transaction.query(statement),
      rollback: () => transaction.rollback(),
      commit: async () => {
        // A statement behind the others: its answer says that they have run.
        await transaction.query({ text: "select 1", values: [] });
        reached();
        await gate;
        await transaction.commit();
      },
    };
  };
  return Object.create(database, { begin: { value: begin } });
}
