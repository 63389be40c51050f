// The app harness: a whole app in this process, called without a road, on a database of its own.

import { AsyncLocalStorage } from "node:async_hooks";
import type { App } from "../app/app.ts";
import { cachesAnswers, watchTables } from "../app/data/cache.ts";
import type { Storage } from "../app/data/storage.ts";
import { createObservability } from "../app/observe/observability.ts";
import { assertSound } from "../app/problems.ts";
import { wire } from "../app/wiring.ts";
import { createTokens } from "../auth/tokens.ts";
import { insideSession } from "../cache/outside-writes.ts";
import { sleep } from "../core/async.ts";
import type { Database } from "../database/database.ts";
import { migrateUp } from "../database/migrations/migrate.ts";
import type { DatabaseObserver } from "../database/observation.ts";
import { consumerLag, outboxLag } from "../events/lag.ts";
import { sqlRowSource } from "../repository/sources/sql-rows.ts";
import { createSqlRecords } from "../service/records/sql-records.ts";
import { createMemoryStore } from "../store/memory-store.ts";
import type { Store } from "../store/store.ts";
import { freshEmbedded } from "./fresh-embedded.ts";
import { createMemoryStorage } from "./memory-storage.ts";
import { createTestCalls, type TestCalls } from "./test-calls.ts";

/** How a test app is made. */
export interface TestAppOptions {
  /**
   * `memory`: the memory repository instead of a database: nothing to start, no raw SQL, no consumers. `database` (the
   * default): an embedded one in memory, or what `open` gives.
   */
  readonly storage?: "database" | "memory";
  /** Opens the database. It is closed with the app. */
  readonly open?: (observe: DatabaseObserver) => Promise<Database>;
  /**
   * Where limits are counted and answers are cached; by default a store in memory, unless `open` gives a database that
   * others may use too: then nothing is cached without one.
   */
  readonly store?: Store;
  /** Whether answers are kept; `on` by default. */
  readonly cache?: "on" | "off";
}

/** An app that a test calls. */
export interface TestApp extends TestCalls {
  readonly database: Database;
  /** The store that was given, or made. Throws where there is none. */
  readonly store: Store;
  /** Waits until all events so far have reached every consumer. Throws when a consumer could not apply one. */
  settle(): Promise<void>;
  /** The round trips to the database that `work` waited for. */
  roundTrips(work: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

const secret = "a secret of tests, known to everybody";
const settleTimeout = 20_000;

/**
 * Migrates a database and wires the app over it. Relay and consumers begin to work with the first `settle`.
 *
 * @example const chat = await createTestApp(app); const channel = await chat.call(channels.create, { name: "x" }, ann);
 */
export async function createTestApp(app: App, options: TestAppOptions = {}): Promise<TestApp> {
  assertSound(app);
  const counting = new AsyncLocalStorage<{ trips: number }>();
  const storage = await openStorage(app, options, (observation) => {
    const count = counting.getStore();
    if (observation.kind === "wait" && count !== undefined) count.trips++;
  });
  const { database } = storage;
  const store = options.store ?? (options.open === undefined ? createMemoryStore() : undefined);
  const wiring = wire(app, {
    configuration: {
      callTimeout: 30_000,
      callTimeoutMax: 30_000,
      maxCallsInFlight: 10_000,
      maxStreams: 10_000,
      maxEventLoopDelay: 60_000,
      authSecretPrevious: undefined,
      cache: options.cache ?? "on",
      instances: 1,
      databasePoolMax: 10,
    },
    authSecret: secret,
    storage,
    store,
    observability: createObservability(app, { level: "silent", pretty: false }),
  });
  const calls = createTestCalls(app, wiring.pipeline, createTokens({ secret, issuer: app.definition.name }));
  let started: Promise<void> | undefined;
  return {
    ...calls,
    database,
    get store() {
      if (store === undefined) throw new Error("the app was made without a store");
      return store;
    },
    async settle() {
      started ??= wiring.start(["relay", "consumers"]);
      await started;
      await settled(database);
    },
    async roundTrips(work) {
      const count = { trips: 0 };
      await counting.run(count, work);
      return count.trips;
    },
    async close() {
      await wiring.stop();
      await database.close();
    },
  };
}

async function openStorage(app: App, options: TestAppOptions, observe: DatabaseObserver): Promise<Storage> {
  const untold = { stats: () => ({ size: 0, idle: 0, waiting: 0 }), publish: async () => undefined };
  if (options.storage === "memory") return { ...createMemoryStorage(), kind: "memory", ...untold };
  const caches = cachesAnswers(app) && (options.open === undefined || options.store !== undefined);
  const settings = caches ? insideSession : undefined;
  const database = await (options.open ?? ((observer) => freshEmbedded({ observe: observer, settings })))(observe);
  await migrateUp(database, app.definition.migrations);
  if (caches) await watchTables(app, database);
  const rowsOver: Storage["rowsOver"] = (session) => sqlRowSource((statement) => session.query(statement));
  return { kind: "embedded", database, rowsOver, records: createSqlRecords(), ...untold };
}

async function settled(database: Database): Promise<void> {
  const deadline = Date.now() + settleTimeout;
  for (;;) {
    const outbox = await outboxLag(database);
    const lags = await consumerLag(database);
    const stuck = lags.find((lag) => lag.parkedKeys > 0 || lag.quarantined > 0);
    if (stuck !== undefined) throw new Error(`the consumer ${stuck.consumer} could not apply an event`);
    if (outbox.rows === 0 && lags.every((lag) => lag.rows === 0)) return;
    if (Date.now() > deadline) throw new Error("events were not applied in time");
    await sleep(20);
  }
}
