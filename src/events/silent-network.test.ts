// Connections that fell silent, without a word of their end: relay and consumers go on over new ones, and stop.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createPostgresDatabase } from "../adapters/postgres/index.ts";
import { withTimeLimit } from "../database/time-limit.ts";
import {
  commitMany,
  effectConsumer,
  effectsOf,
  keptLog,
  keptMetrics,
  sequencesOf,
  until,
  upTo,
} from "../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../testing/events/stream-database.ts";
import { TcpProxy } from "../testing/postgres/tcp-proxy.ts";
import { createConsumerRunner } from "./consumer/consumer-runner.ts";
import { createLogBus } from "./log/log-bus.ts";
import { createOwnership } from "./ownership.ts";
import { createRelay } from "./relay/relay.ts";

let streams: StreamDatabase;
before(async () => {
  streams = await openStreamDatabase();
});
after(() => streams.close());

test("relay and consumers go on over new connections when theirs fall silent", { timeout: 60_000 }, async (t) => {
  const [stream, name] = [randomUUID(), randomUUID()];
  const proxy = await TcpProxy.start(streams.url);
  const connected = await createPostgresDatabase({ url: proxy.through(streams.url) });
  t.after(async () => {
    proxy.cutAll();
    await connected.close();
    await proxy.close();
  });
  const database = withTimeLimit(connected, 1_000);
  const log = keptLog();
  const ownership = createOwnership({ database, log, interval: 200 });
  const bus = createLogBus({ database, log, ownership, pollInterval: 100 });
  const relay = createRelay({ database, bus, log, ownership, pollInterval: 100 });
  const consumers = [effectConsumer({ database, name, stream })];
  const runner = createConsumerRunner({ database, bus, consumers, log, metrics: keptMetrics() });
  await runner.start();
  relay.start();
  const applied = async (): Promise<number> => (await effectsOf(streams.database, name)).length;

  await commitMany(streams.database, stream, "key", 5);
  await until("all are applied", async () => (await applied()) === 5);
  proxy.silenceOpen();
  await commitMany(streams.database, stream, "key", 5);
  await until("what came afterwards is applied", async () => (await applied()) === 10, 40_000);
  assert.deepEqual(sequencesOf(await effectsOf(streams.database, name), "key"), upTo(10));
  await Promise.all([relay.stop(), runner.stop()]);
});

test("a consumer that never ends does not keep its subscription from stopping", { timeout: 20_000 }, async () => {
  const stream = randomUUID();
  const { database } = streams;
  const log = keptLog();
  const ownership = createOwnership({ database, log, interval: 100 });
  const bus = createLogBus({ database, log, ownership, pollInterval: 100, stopTimeout: 100 });
  const relay = createRelay({ database, bus, log, ownership, pollInterval: 100 });
  const delivered = Promise.withResolvers<AbortSignal>();
  const subscription = await bus.subscribe({
    group: randomUUID(),
    stream,
    start: "earliest",
    concurrency: 2,
    unreadable: async () => {},
    deliver: (_events, signal) => {
      delivered.resolve(signal);
      return new Promise(() => {});
    },
  });
  relay.start();
  await commitMany(database, stream, "key", 1);
  const signal = await delivered.promise;
  await Promise.all([relay.stop(), subscription.stop()]);
  assert.equal(signal.aborted, true);
});
