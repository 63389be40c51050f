import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Transaction } from "../../database/database.ts";
import { commitMany, keptLog, lockWaits, storedEvents, until } from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import type { StoredEvent, UnitSql } from "../event-record.ts";
import { createLogBus } from "../log/log-bus.ts";
import { registerGroup } from "../log/registration.ts";
import { shardOf } from "../shard.ts";
import { type Standing, takeTurn } from "./inbox.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

test("two units that look at a key without a baseline at once: one takes the event, the other finds it applied", async () => {
  const { database } = streams;
  const [stream, consumer] = [randomUUID(), randomUUID()];
  const event = await thirdEventOf(stream, consumer);
  // A row without a baseline, as a unit leaves it that had to fetch other events first.
  await database.query({
    text: "insert into trivium.inbox (consumer, stream, key) values ($1, $2, $3)",
    values: [consumer, stream, event.key],
  });
  const gate = Promise.withResolvers<void>();
  const decided = Promise.withResolvers<void>();
  const slow = await database.begin({ isolation: "read committed" });
  const quick = await database.begin({ isolation: "read committed" });
  const first = finish(slow, takeTurn(pausedBeforeMove(slow, gate.promise, decided.resolve), consumer, event));
  await decided.promise;
  let done = false;
  const second = finish(quick, takeTurn(quick, consumer, event)).finally(() => {
    done = true;
  });
  await until("the second waits or has decided", async () => done || (await lockWaits(database)) > 0);
  gate.resolve();
  assert.deepEqual([(await first).kind, (await second).kind], ["next", "applied"]);
});

/** The third event of a key whose first two were published before the consumer was registered. */
async function thirdEventOf(stream: string, consumer: string): Promise<StoredEvent> {
  const { database } = streams;
  await commitMany(database, stream, "key", 2);
  const bus = createLogBus({ database, log: keptLog() });
  await bus.publish(shardOf("key"), await storedEvents(database, stream), AbortSignal.timeout(10_000));
  await registerGroup(database, { group: consumer, stream, start: "now" });
  await commitMany(database, stream, "key", 1);
  const third = (await storedEvents(database, stream))[2];
  assert.ok(third);
  return third;
}

async function finish(transaction: Transaction, work: Promise<Standing>): Promise<Standing> {
  try {
    const standing = await work;
    await transaction.commit();
    return standing;
  } finally {
    await transaction.rollback();
  }
}

/** A unit that stops when it has decided, before it writes. */
function pausedBeforeMove(transaction: Transaction, gate: Promise<void>, reached: () => void): UnitSql {
  return {
    query: async (statement) => {
      if (statement.name === "trivium_inbox_move") {
        reached();
        await gate;
      }
      return transaction.query(statement);
    },
  };
}
