import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Database } from "../../database/database.ts";
import {
  commitEvents,
  commitMany,
  everythingOwned,
  keptLog,
  pendingEvent,
  storedEvents,
  until,
  upTo,
} from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import type { EventBus } from "../event-bus.ts";
import type { StoredEvent } from "../event-record.ts";
import { outboxLag } from "../lag.ts";
import { createLogBus } from "../log/log-bus.ts";
import { outboxStatement } from "../outbox.ts";
import { createOwnership } from "../ownership.ts";
import { shardOf } from "../shard.ts";
import { createRelay, type Relay } from "./relay.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

/** A bus that keeps what it is given, and leaves marking to the relay. */
class KeptBus implements EventBus {
  readonly features = { marksPublished: false };
  readonly batches: (readonly StoredEvent[])[] = [];
  readonly inFlight = new Map<number, number>();
  mostInFlight = 0;
  acknowledge: (events: readonly StoredEvent[]) => Promise<void> = async () => {};

  async publish(shard: number, events: readonly StoredEvent[]): Promise<void> {
    const running = (this.inFlight.get(shard) ?? 0) + 1;
    this.inFlight.set(shard, running);
    this.mostInFlight = Math.max(this.mostInFlight, running);
    try {
      await this.acknowledge(events);
      this.batches.push(events);
    } finally {
      this.inFlight.set(shard, (this.inFlight.get(shard) ?? 0) - 1);
    }
  }

  async subscribe(): Promise<never> {
    throw new Error("Nobody reads from here");
  }

  published(stream: string): StoredEvent[] {
    return this.batches.flat().filter((event) => event.stream === stream);
  }
}

function relayOn(database: Database, bus: EventBus): Relay {
  const log = keptLog();
  return createRelay({
    database,
    bus,
    log,
    pollInterval: 100,
    ownership: createOwnership({ database, log, interval: 100 }),
  });
}

async function whileRunning(relays: readonly Relay[], work: () => Promise<void>): Promise<void> {
  for (const relay of relays) relay.start();
  try {
    await work();
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
  }
}

const isPublished = async (): Promise<boolean> => (await outboxLag(streams.database)).rows === 0;

/** A key of the same shard, in order after the other. */
function shardmateOf(other: string): string {
  const shardmate = upTo(10_000)
    .map((index) => `zz-${index}`)
    .find((key) => shardOf(key) === shardOf(other));
  assert.ok(shardmate);
  return shardmate;
}

test("a busy key starves no other key of its shard", async () => {
  const stream = randomUUID();
  const shardmate = shardmateOf("busy");
  await commitEvents(
    streams.database,
    upTo(2_000).map(() => pendingEvent(stream, "busy")),
  );
  await commitMany(streams.database, stream, shardmate, 1);
  const bus = new KeptBus();
  await whileRunning([relayOn(streams.database, bus)], () => until("all is published", isPublished));
  const order = bus.published(stream);
  assert.equal(order.length, 2_001);
  const place = order.findIndex((event) => event.key === shardmate);
  assert.ok(place < 50, `the other key's event was published as number ${place}`);
  assert.deepEqual(
    order.filter((event) => event.key === "busy").map((event) => event.sequence),
    upTo(2_000),
  );
});

test("a batch is bounded in bytes too: large events come in several, in order, and keep no other key waiting", async () => {
  const stream = randomUUID();
  const shardmate = shardmateOf("large");
  const data = "x".repeat(890_000);
  for (const key of ["large", shardmate])
    await commitEvents(
      streams.database,
      upTo(15).map(() => pendingEvent(stream, key, { data })),
    );
  const bus = new KeptBus();
  await whileRunning([relayOn(streams.database, bus)], () => until("all is published", isPublished));
  for (const batch of bus.batches) assert.ok(batch.length <= 10, `${batch.length} events of 890 kB at once`);
  const order = bus.published(stream);
  for (const key of ["large", shardmate])
    assert.deepEqual(
      order.filter((event) => event.key === key).map((event) => event.sequence),
      upTo(15),
    );
  assert.ok(order.findIndex((event) => event.key === shardmate) <= 10);
});

test("a batch that was not acknowledged is published again, before anything later of its keys", async () => {
  const stream = randomUUID();
  const bus = new KeptBus();
  let refusals = 3;
  bus.acknowledge = async (events) => {
    if (events[0]?.stream === stream && refusals-- > 0) throw new Error("the broker is away");
  };
  await whileRunning([relayOn(streams.database, bus)], async () => {
    await commitMany(streams.database, stream, "key", 30);
    await until("all is published", isPublished);
  });
  assert.deepEqual(
    bus.published(stream).map((event) => event.sequence),
    upTo(30),
  );
  assert.ok(refusals < 0);
});

test("an event is marked only after its acknowledgement", async () => {
  const stream = randomUUID();
  const bus = new KeptBus();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  bus.acknowledge = async () => {
    asked.resolve();
    await answer.promise;
  };
  await whileRunning([relayOn(streams.database, bus)], async () => {
    await commitMany(streams.database, stream, "key", 1);
    await asked.promise;
    assert.equal((await outboxLag(streams.database)).rows, 1);
    answer.resolve();
    await until("it is marked", isPublished);
  });
});

test("stop ends after the batch in flight", async () => {
  const stream = randomUUID();
  const bus = new KeptBus();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  bus.acknowledge = async () => {
    asked.resolve();
    await answer.promise;
  };
  const relay = relayOn(streams.database, bus);
  relay.start();
  await commitMany(streams.database, stream, "key", 1);
  await asked.promise;
  const stopping = relay.stop();
  answer.resolve();
  await stopping;
  assert.equal(bus.published(stream).length, 1);
  assert.equal(await isPublished(), true);
});

test("two relays share the work: one batch of a shard in flight, order kept, and one goes on alone", async () => {
  const stream = randomUUID();
  const bus = new KeptBus();
  bus.acknowledge = () => new Promise((resolve) => setTimeout(resolve, 2));
  const relays = [relayOn(await streams.connect(), bus), relayOn(await streams.connect(), bus)] as const;
  const keys = upTo(40).map((index) => `key-${index}`);
  const emit = () => Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 5)));
  await whileRunning(relays, async () => {
    await until("both own shards", async () => {
      const { rows } = await streams.database.query({
        text: "select count(*) as members from trivium.shard_member where role = 'relay' and groups <> 0",
        values: [],
      });
      return rows[0]?.members === 2;
    });
    await emit();
    await until("all is published", isPublished);
    await relays[0].stop();
    await emit();
    await until("all is published", isPublished);
  });
  assert.equal(bus.mostInFlight, 1);
  for (const key of keys) {
    const sequences = bus.published(stream).filter((event) => event.key === key);
    assert.deepEqual(
      sequences.map((event) => event.sequence),
      upTo(10),
    );
  }
});

test("a relay goes on after every connection was cut", async () => {
  const stream = randomUUID();
  const database = await streams.connect();
  const bus = createLogBus({ database, log: keptLog() });
  await whileRunning([relayOn(database, bus)], async () => {
    for (let round = 1; round <= 3; round++) {
      await commitMany(streams.database, stream, "key", 5);
      await streams.cutOthers();
      await until("all is published", isPublished);
    }
  });
  assert.equal((await storedEvents(streams.database, stream)).length, 15);
});

test("an event of a unit that is still open, or was rolled back, is not published; those of others are", async () => {
  const stream = randomUUID();
  const bus = new KeptBus();
  const open = await streams.database.begin({ isolation: "read committed" });
  await open.query(outboxStatement([pendingEvent(stream, "open")]));
  await whileRunning([relayOn(streams.database, bus)], async () => {
    await commitMany(streams.database, stream, "other", 3);
    await until("the others are published", () => bus.published(stream).length === 3);
    await open.rollback();
    await commitMany(streams.database, stream, "open", 1);
    await until("the last is published", () => bus.published(stream).length === 4);
  });
  assert.deepEqual(
    bus.published(stream).map(({ key, sequence }) => `${key} ${sequence}`),
    ["other 1", "other 2", "other 3", "open 1"],
  );
});

test("a relay that does not own the shards alone does no harm", async () => {
  const stream = randomUUID();
  const keys = upTo(20).map((index) => `key-${index}`);
  const relays = await Promise.all(
    upTo(3).map(async () => {
      const database = await streams.connect();
      const bus = createLogBus({ database, log: keptLog() });
      return createRelay({ database, bus, log: keptLog(), pollInterval: 20, ownership: everythingOwned });
    }),
  );
  await whileRunning(relays, async () => {
    await Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 20)));
    await until("all is published", isPublished);
  });
  const { rows } = await streams.database.query({
    text: `select count(distinct (shard, log_offset)) as places, count(*) as events,
      count(*) filter (where log_offset < previous) as disordered
      from (select *, lag(log_offset) over (partition by key order by sequence) as previous
        from trivium.outbox where stream = $1) as log`,
    values: [stream],
  });
  assert.deepEqual(rows[0], { places: 400, events: 400, disordered: 0 });
});
