import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import {
  commitEvents,
  commitMany,
  type Effect,
  effectConsumer,
  effectsOf,
  effectTable,
  everythingOwned,
  keptLog,
  keptMetrics,
  pendingEvent,
  sequencesOf,
  until,
  upTo,
} from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { listParked } from "../dead-letters.ts";
import type { ConsumerSpec } from "../event-record.ts";
import { consumerLag, outboxLag } from "../lag.ts";
import { createLogBus } from "../log/log-bus.ts";
import { outboxStatement } from "../outbox.ts";
import { createOwnership, type Ownership } from "../ownership.ts";
import { createRelay } from "../relay/relay.ts";
import { createConsumerRunner } from "./consumer-runner.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

interface Worker {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Relay and consumers as one process has them. */
function workerOn(database: Database, consumers: readonly ConsumerSpec[], owned?: Ownership): Worker {
  const log = keptLog();
  const ownership = owned ?? createOwnership({ database, log, interval: 200 });
  const bus = createLogBus({ database, log, ownership, pollInterval: 100 });
  const relay = createRelay({ database, bus, log, ownership, pollInterval: 100 });
  const runner = createConsumerRunner({ database, bus, consumers, log, metrics: keptMetrics() });
  return {
    start: async () => {
      await runner.start();
      relay.start();
    },
    stop: async () => {
      await Promise.all([relay.stop(), runner.stop()]);
    },
  };
}

async function whileWorking(workers: readonly Worker[], work: () => Promise<void>): Promise<void> {
  for (const worker of workers) await worker.start();
  try {
    await work();
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function assertEachOnceInOrder(effects: readonly Effect[], keys: readonly string[], count: number): void {
  for (const key of keys) assert.deepEqual(sequencesOf(effects, key), upTo(count), key);
  assert.equal(effects.length, keys.length * count);
}

const effects = (name: string): Promise<Effect[]> => effectsOf(streams.database, name);

test("two processes share a consumer's keys; effects are exactly once and in order, also when one stops", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const keys = upTo(40).map((index) => `key-${index}`);
  const workers = await Promise.all(
    ["first", "second"].map(async (worker) => {
      const database = await streams.connect();
      return workerOn(database, [effectConsumer({ database, name, stream, worker })]);
    }),
  );
  await whileWorking(workers, async () => {
    let rounds = 0;
    await until("both have effects", async () => {
      await Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 1)));
      rounds++;
      return new Set((await effects(name)).map((effect) => effect.worker)).size === 2;
    });
    await workers[0]?.stop();
    await Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 5)));
    await until("all effects are there", async () => (await effects(name)).length >= 40 * (rounds + 5));
    assertEachOnceInOrder(await effects(name), keys, rounds + 5);
  });
});

test("with ownership switched off effects are still exactly once and in order", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const keys = upTo(15).map((index) => `key-${index}`);
  let doubled = 0;
  const seen = new Map<string, number>();
  const workers = await Promise.all(
    upTo(3).map(async (index) => {
      const database = await streams.connect();
      const prepare: ConsumerSpec["prepare"] = async (event) => {
        const times = (seen.get(event.id) ?? 0) + 1;
        seen.set(event.id, times);
        if (times > 1) doubled++;
      };
      const spec = effectConsumer({ database, name, stream, worker: String(index), prepare });
      return workerOn(database, [spec], everythingOwned);
    }),
  );
  await whileWorking(workers, async () => {
    await Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 20)));
    await until("all effects are there", async () => (await effects(name)).length >= 300);
  });
  assertEachOnceInOrder(await effects(name), keys, 20);
  assert.ok(doubled > 0, "the workers never had the same event: the test shows nothing");
});

test("a consumer that starts now misses nothing that commits while it registers", async () => {
  const stream = randomUUID();
  const keys = upTo(8).map((index) => `key-${index}`);
  let writing = true;
  const writers = keys.map(async (key) => {
    let count = 0;
    for (; writing; count++) await commitMany(streams.database, stream, key, 1);
    return [key, count] as const;
  });
  const names = upTo(4).map(() => randomUUID());
  await whileWorking([workerOn(streams.database, [])], async () => {
    const { database } = streams;
    // Written before the registration, committed after it.
    const open = await database.begin({ isolation: "read committed" });
    await open.query(outboxStatement([pendingEvent(stream, "open")]));
    for (const name of names) {
      const worker = workerOn(database, [effectConsumer({ database, name, stream, start: "now" })]);
      await whileWorking([worker], async () => {
        if (name === names[0]) await open.commit();
        await commitMany(database, stream, `after-${name}`, 3);
        await until("what came after is there", async () => {
          return sequencesOf(await effects(name), `after-${name}`).length === 3;
        });
      });
    }
    writing = false;
    const totals = await Promise.all(writers);
    const again = names.map((name) => effectConsumer({ database, name, stream, start: "now" }));
    await whileWorking([workerOn(database, again)], async () => {
      for (const name of names) {
        await until("it has read to the end", async () => {
          const all = await effects(name);
          return totals.every(([key, count]) => sequencesOf(all, key).at(-1) === count);
        });
        const all = await effects(name);
        for (const [key, count] of totals) {
          const sequences = sequencesOf(all, key);
          assert.deepEqual(sequences, upTo(count).slice(-sequences.length), `${key} has a hole`);
        }
      }
    });
    assert.deepEqual(sequencesOf(await effects(names[0] ?? ""), "open"), [1]);
  });
});

test("a record that is no event goes to quarantine, and what comes after it arrives", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const { database } = streams;
  await whileWorking([workerOn(database, [effectConsumer({ database, name, stream })])], async () => {
    await commitEvents(database, [pendingEvent(stream, ""), pendingEvent(stream, "key")]);
    await until("the event is applied", async () => (await effects(name)).length === 1);
    await until("the record is in quarantine", async () => {
      const lag = (await consumerLag(database)).find(({ consumer }) => consumer === name);
      return lag?.quarantined === 1;
    });
  });
});

test("lag says what is waiting, and that nothing is", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const { database } = streams;
  const lagOf = async () => (await consumerLag(database)).find(({ consumer }) => consumer === name);
  const gate = Promise.withResolvers<void>();
  const spec = effectConsumer({ database, name, stream, handle: () => gate.promise });
  await whileWorking([workerOn(database, [])], () =>
    until("nothing is unpublished", async () => (await outboxLag(database)).rows === 0),
  );
  await commitMany(database, stream, "key", 3);
  const unpublished = await outboxLag(database);
  assert.equal(unpublished.rows, 3);
  assert.ok(unpublished.seconds > 0);
  await whileWorking([workerOn(database, [spec])], async () => {
    await until("three events wait", async () => (await lagOf())?.rows === 3);
    gate.resolve();
    await until("none waits", async () => (await lagOf())?.rows === 0);
  });
  assert.deepEqual(await lagOf(), { consumer: name, stream, rows: 0, seconds: 0, parkedKeys: 0, quarantined: 0 });
  assert.deepEqual(await outboxLag(database), { rows: 0, seconds: 0 });
});

test("on the embedded database events are applied, moved over and parked alike", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const database = await freshEmbedded();
  await migrateUp(database, undefined);
  await database.query({ text: effectTable, values: [] });
  const spec = effectConsumer({
    database,
    name,
    stream,
    verdict: (type) => (type === "other" ? "skip" : "handle"),
    handle: async (event) => {
      if (event.key === "bad" && event.sequence === 4) throw new Error("no");
    },
  });
  const keys = ["bad", ...upTo(10).map((index) => `key-${index}`)];
  await whileWorking([workerOn(database, [spec])], async () => {
    for (const type of ["thing", "other", "other", "thing", "thing"]) {
      await commitEvents(
        database,
        keys.map((key) => pendingEvent(stream, key, { type })),
      );
    }
    await until("all is settled", async () => {
      const { rows } = await database.query({
        text: "select count(*) as settled from trivium.inbox where consumer = $1 and sequence = 5",
        values: [name],
      });
      return rows[0]?.settled === keys.length;
    });
  });
  const all = await effectsOf(database, name);
  for (const key of keys) assert.deepEqual(sequencesOf(all, key), key === "bad" ? [1] : [1, 4, 5]);
  assert.deepEqual(
    (await listParked(database)).map(({ key, sequence, reason }) => [key, sequence, reason]),
    [
      ["bad", 4, "FAILED"],
      ["bad", 5, "BEHIND"],
    ],
  );
  await database.close();
});

test("relay and consumers go on after every connection was cut, and nothing is applied twice or parked", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const keys = upTo(10).map((index) => `key-${index}`);
  const database = await streams.connect();
  await whileWorking([workerOn(database, [effectConsumer({ database, name, stream })])], async () => {
    for (let round = 1; round <= 4; round++) {
      await Promise.all(keys.map((key) => commitMany(streams.database, stream, key, 5)));
      await streams.cutOthers();
    }
    await until("all effects are there", async () => (await effects(name)).length >= 200);
  });
  assertEachOnceInOrder(await effects(name), keys, 20);
  assert.equal((await consumerLag(streams.database)).find(({ consumer }) => consumer === name)?.parkedKeys, 0);
});

test("an idle relay with a consumer asks the database a few times a second", async () => {
  let statements = 0;
  const observe: DatabaseObserver = ({ kind }) => {
    if (kind === "statement") statements++;
  };
  const database = await createPostgresDatabase({ url: streams.url, observe });
  const log = keptLog();
  const bus = createLogBus({ database, log });
  const relay = createRelay({ database, bus, log });
  const consumers = [effectConsumer({ database, name: randomUUID(), stream: randomUUID() })];
  const runner = createConsumerRunner({ database, bus, consumers, log, metrics: keptMetrics() });
  await runner.start();
  relay.start();
  await until("the work that was left is done", async () => (await outboxLag(streams.database)).rows === 0);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  statements = 0;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const perSecond = statements / 3;
  await Promise.all([relay.stop(), runner.stop()]);
  await database.close();
  assert.ok(perSecond > 1 && perSecond <= 6, `${perSecond} statements a second`);
});

test("processes killed at random moments lose nothing and double nothing, and others take over", async () => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const keys = upTo(30).map((index) => `key-${index}`);
  const children = new Set<ChildProcess>([await startProcess(stream, name), await startProcess(stream, name)]);
  try {
    let writing = true;
    const counts = new Map<string, number>();
    const writers = keys.map(async (key) => {
      for (; writing; counts.set(key, (counts.get(key) ?? 0) + 1)) {
        await commitMany(streams.database, stream, key, 1);
        await new Promise((resolve) => setTimeout(resolve, 200 * Math.random()));
      }
    });
    for (let kills = 0; kills < 2; kills++) {
      const before = (await effects(name)).length;
      await until("work goes on", async () => (await effects(name)).length > before + 100);
      await new Promise((resolve) => setTimeout(resolve, 500 * Math.random()));
      const [victim] = children;
      assert.ok(victim);
      children.delete(victim);
      victim.kill("SIGKILL");
      await once(victim, "exit");
      // All shards of the dead are another's within seconds, without a new process.
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const due = new Map(counts);
      await until(
        `everything before the kill (${total} events) is applied`,
        async () => {
          const all = Map.groupBy(await effects(name), (effect) => effect.key);
          return keys.every((key) => (all.get(key)?.length ?? 0) >= (due.get(key) ?? 0));
        },
        10_000,
      );
      children.add(await startProcess(stream, name));
    }
    writing = false;
    await Promise.all(writers);
    await until("the rest is applied", async () => {
      const all = Map.groupBy(await effects(name), (effect) => effect.key);
      return keys.every((key) => (all.get(key)?.length ?? 0) >= (counts.get(key) ?? 0));
    });
    const all = await effects(name);
    for (const key of keys) assert.deepEqual(sequencesOf(all, key), upTo(counts.get(key) ?? 0), key);
    assert.ok(new Set(all.map((effect) => effect.worker)).size >= 3);
  } finally {
    await Promise.all([...children].map(stopProcess));
  }
});

async function startProcess(stream: string, name: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("../../testing/events/stream-worker.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv.filter((flag) => !flag.startsWith("--test")), script, streams.url, stream, name],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(child.stdout, "data");
  return child;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
