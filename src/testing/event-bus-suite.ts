// The contract suite of the event-bus port: what every bus keeps, whatever carries the events.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { SetupError } from "../core/setup-error.ts";
import type { EventBus, Subscriber, Subscription } from "../events/event-bus.ts";
import type { PendingEvent, StoredEvent } from "../events/event-record.ts";
import { shardOf } from "../events/shard.ts";
import { pendingEvent, until, upTo } from "./events/event-fixtures.ts";

/** The bus under test. */
export interface EventBusSubject {
  /** Buses of two processes on the same data, or of one where there is only one. */
  readonly buses: readonly [EventBus, EventBus];
  /** Commits events to the outbox and gives them as stored, in the order of (stream, key, sequence). */
  commit(events: readonly PendingEvent[]): Promise<readonly StoredEvent[]>;
}

/** What the suite is given: a test runner and the way to the subject, which is there when the tests run. */
export interface EventBusSuite {
  test(name: string, options: { readonly skip?: string | false }, run: () => Promise<void>): unknown;
  readonly subject: () => EventBusSubject;
}

/**
 * Every test of the event-bus port. Tests share the subject and use streams and groups of their own.
 *
 * @example eventBusSuite({ test, subject: () => subject });
 */
export function eventBusSuite(suite: EventBusSuite): void {
  deliverySuite(suite);
  orderSuite(suite);
  groupSuite(suite);
  startSuite(suite);
}

function deliverySuite({ test, subject }: EventBusSuite): void {
  test("an event arrives as it was stored", {}, async () => {
    const stream = randomUUID();
    const data = { text: 'é \u0000 \ud800 "quoted" {a,b}', deep: [1, null, { x: true }], number: 1.5 };
    const headers = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    const events = await publish(subject(), [pendingEvent(stream, 'k {",\\', { version: 3, data, headers })]);
    await withReader(subject(), { stream }, async ({ seen }) => {
      await until("the event arrives", () => seen.length === 1);
      assert.deepEqual(seen, events);
      assert.equal(seen[0]?.sequence, 1);
      assert.deepEqual(seen[0]?.data, data);
    });
  });

  test("a rejected delivery comes again, in order, while other keys go on", {}, async () => {
    const stream = randomUUID();
    const blocked = { key: "blocked", rejections: 0 };
    const subscriber = {
      stream,
      onDeliver: async (events: readonly StoredEvent[]) => {
        if (events[0]?.key !== blocked.key || blocked.rejections >= 3) return;
        blocked.rejections++;
        throw new Error("not now");
      },
    };
    await withReader(subject(), subscriber, async ({ seen }) => {
      await publish(subject(), [...times(5, () => pendingEvent(stream, "blocked")), pendingEvent(stream, "free")]);
      await until("all arrive", () => firstArrivals(seen).length === 6);
      assert.equal(blocked.rejections, 3);
      assert.deepEqual(arrivals(seen, "blocked"), upTo(5));
    });
  });

  test("stop waits for the delivery at work, and it counts as delivered", {}, async () => {
    const stream = randomUUID();
    const group = randomUUID();
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const onDeliver = async (): Promise<void> => {
      started.resolve();
      await finish.promise;
    };
    const first = await openReader(subject(), { stream, group, onDeliver });
    await publish(subject(), [pendingEvent(stream, "k")]);
    await started.promise;
    let stopped = false;
    const stopping = first.subscription.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    finish.resolve();
    await stopping;
    assert.equal(first.seen.length, 1);
    await withReader(subject(), { stream, group }, async ({ seen }) => {
      await publish(subject(), [pendingEvent(stream, "k")]);
      await until("the next event arrives", () => seen.length > 0);
      assert.deepEqual(arrivals(seen, "k"), [2]);
    });
  });
}

function orderSuite({ test, subject }: EventBusSuite): void {
  test("events of a key arrive in order, also when they are published again", {}, async () => {
    const stream = randomUUID();
    const keys = ["a", "b", "c"];
    await withReader(subject(), { stream }, async ({ seen }) => {
      const events = await subject().commit(keys.flatMap((key) => times(20, () => pendingEvent(stream, key))));
      const half = events.filter((event) => event.sequence <= 10);
      await publishStored(subject().buses[0], half);
      await publishStored(subject().buses[1], half);
      await publishStored(subject().buses[1], events);
      await until("all arrive", () => firstArrivals(seen).length === 60);
      for (const key of keys) assert.deepEqual(arrivals(seen, key), upTo(20));
    });
  });

  test("publishers at the same time leave no event out and no key out of order", {}, async () => {
    const stream = randomUUID();
    const keys = times(5, (index) => `key-${index}`);
    await withReader(subject(), { stream }, async ({ seen }) => {
      const events = await subject().commit(keys.flatMap((key) => times(30, () => pendingEvent(stream, key))));
      await Promise.all(subject().buses.map((bus) => publishStored(bus, events)));
      await until("all arrive", () => firstArrivals(seen).length === 150);
      for (const key of keys) assert.deepEqual(arrivals(seen, key), upTo(30));
    });
  });

  test("keys are delivered side by side up to the concurrency, each key once at a time", {}, async () => {
    const stream = randomUUID();
    const running = new Set<string>();
    let most = 0;
    const onDeliver = async (events: readonly StoredEvent[]): Promise<void> => {
      const key = events[0]?.key ?? "";
      assert.ok(!running.has(key), "two deliveries of a key at once");
      assert.ok(
        events.every((event) => event.key === key),
        "a delivery of several keys",
      );
      running.add(key);
      most = Math.max(most, running.size);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.delete(key);
    };
    await withReader(subject(), { stream, concurrency: 3, onDeliver }, async ({ seen }) => {
      await publish(
        subject(),
        times(60, (index) => pendingEvent(stream, `key-${index % 12}`)),
      );
      await until("all arrive", () => firstArrivals(seen).length === 60);
      assert.equal(most, 3);
    });
  });
}

function groupSuite({ test, subject }: EventBusSuite): void {
  test("each group gets every event of its stream and none of another", {}, async () => {
    const stream = randomUUID();
    await withReader(subject(), { stream }, (first) =>
      withReader(subject(), { stream }, async (second) => {
        await publish(subject(), [
          pendingEvent(stream, "k"),
          pendingEvent(randomUUID(), "k"),
          pendingEvent(stream, "l"),
        ]);
        for (const { seen } of [first, second]) {
          await until("both events arrive", () => firstArrivals(seen).length === 2);
          assert.ok(seen.every((event) => event.stream === stream));
        }
      }),
    );
  });

  test("members of a group share the keys, and one goes on when the other leaves", {}, async () => {
    const stream = randomUUID();
    const group = randomUUID();
    const keys = times(100, (index) => `key-${index}`);
    const round = (): PendingEvent[] => keys.map((key) => pendingEvent(stream, key));
    const members = [
      await openReader(subject(), { stream, group, member: 0 }),
      await openReader(subject(), { stream, group, member: 1 }),
    ] as const;
    try {
      const all = (): StoredEvent[] => members.flatMap(({ seen }) => seen);
      let rounds = 0;
      await until("both members get events", async () => {
        await publish(subject(), round());
        rounds++;
        await until("the round arrives", () => firstArrivals(all()).length === 100 * rounds);
        return members.every(({ seen }) => seen.length > 0);
      });
      await members[0].subscription.stop();
      await publish(subject(), round());
      await until("the last round arrives", () => firstArrivals(all()).length === 100 * (rounds + 1));
    } finally {
      await Promise.all(members.map(({ subscription }) => subscription.stop()));
    }
  });
}

function startSuite({ test, subject }: EventBusSuite): void {
  test("a new group begins with all that is kept, or with what is published from now on", {}, async () => {
    const stream = randomUUID();
    await publish(subject(), [pendingEvent(stream, "k")]);
    const unpublished = await subject().commit([pendingEvent(stream, "k")]);
    await withReader(subject(), { stream, start: "earliest" }, (earliest) =>
      withReader(subject(), { stream, start: "now" }, async (now) => {
        await publishStored(subject().buses[0], unpublished);
        await until("both arrive", () => firstArrivals(earliest.seen).length === 2 && now.seen.length > 0);
        assert.deepEqual(arrivals(earliest.seen, "k"), [1, 2]);
        assert.deepEqual(arrivals(now.seen, "k"), [2]);
      }),
    );
  });

  test("a group that comes back goes on where it was, with what was published meanwhile", {}, async () => {
    const stream = randomUUID();
    const group = randomUUID();
    await withReader(subject(), { stream, group, start: "now" }, async ({ seen }) => {
      await publish(subject(), [pendingEvent(stream, "k")]);
      await until("the first arrives", () => seen.length === 1);
    });
    await publish(subject(), [pendingEvent(stream, "k")]);
    await withReader(subject(), { stream, group, start: "now" }, async ({ seen }) => {
      await until("the second arrives", () => seen.length > 0);
      assert.deepEqual(arrivals(seen, "k"), [2]);
    });
  });

  test("what a member could not deliver before it stopped is delivered to the next", {}, async () => {
    const stream = randomUUID();
    const group = randomUUID();
    // Of one shard, so that a position behind which something is missing would be seen.
    const [refused = "", taken = ""] = times(500, String).filter((key) => shardOf(key) === shardOf("0"));
    const onDeliver = async (events: readonly StoredEvent[]): Promise<void> => {
      if (events[0]?.key === refused) throw new Error("never here");
    };
    await withReader(subject(), { stream, group, onDeliver }, async ({ seen }) => {
      await publish(subject(), [pendingEvent(stream, refused), pendingEvent(stream, taken)]);
      await publish(subject(), [pendingEvent(stream, taken)]);
      await until("the other key arrives", () => firstArrivals(seen).length === 2);
    });
    await withReader(subject(), { stream, group }, async ({ seen }) => {
      await until("the refused event arrives", () => arrivals(seen, refused).length === 1);
    });
  });

  test("a group may not read another stream under its name", {}, async () => {
    const group = randomUUID();
    await withReader(subject(), { stream: randomUUID(), group }, async () => {});
    await assert.rejects(openReader(subject(), { stream: randomUUID(), group }), SetupError);
  });
}

interface ReaderOptions {
  readonly stream: string;
  readonly group?: string;
  readonly start?: Subscriber["start"];
  readonly concurrency?: number;
  readonly member?: 0 | 1;
  readonly onDeliver?: (events: readonly StoredEvent[]) => Promise<void>;
}

interface Reader {
  /** Everything delivered, repeated deliveries too. */
  readonly seen: readonly StoredEvent[];
  readonly subscription: Subscription;
}

async function openReader(subject: EventBusSubject, options: ReaderOptions): Promise<Reader> {
  const seen: StoredEvent[] = [];
  const subscription = await subject.buses[options.member ?? 0].subscribe({
    group: options.group ?? randomUUID(),
    stream: options.stream,
    start: options.start ?? "earliest",
    concurrency: options.concurrency ?? 4,
    deliver: async (events) => {
      await options.onDeliver?.(events);
      seen.push(...events);
    },
    unreadable: async (record) => assert.fail(`unreadable: ${record.error}`),
  });
  return { seen, subscription };
}

async function withReader(
  subject: EventBusSubject,
  options: ReaderOptions,
  work: (reader: Reader) => Promise<void>,
): Promise<void> {
  const reader = await openReader(subject, options);
  try {
    await work(reader);
  } finally {
    await reader.subscription.stop();
  }
}

async function publish(subject: EventBusSubject, events: readonly PendingEvent[]): Promise<readonly StoredEvent[]> {
  const stored = await subject.commit(events);
  await publishStored(subject.buses[0], stored);
  return stored;
}

async function publishStored(bus: EventBus, events: readonly StoredEvent[]): Promise<void> {
  for (const [shard, batch] of Map.groupBy(events, (event) => shardOf(event.key))) {
    await bus.publish(shard, batch, AbortSignal.timeout(10_000));
  }
}

/** Each event once, where it was delivered first. */
function firstArrivals(events: readonly StoredEvent[]): StoredEvent[] {
  const known = new Set<string>();
  return events.filter(({ id }) => !known.has(id) && known.add(id));
}

/** The numbers of a key's first deliveries, in the order in which they came. */
function arrivals(events: readonly StoredEvent[], key: string): number[] {
  return firstArrivals(events)
    .filter((event) => event.key === key)
    .map((event) => event.sequence);
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
