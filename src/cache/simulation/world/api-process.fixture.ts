// One process of the service: the real cache, units of work and relay, over links that the schedule decides about.

import type { RegisteredOperation } from "../../../contract/registry.ts";
import { systemClock } from "../../../core/clock.ts";
import type { Database } from "../../../database/database.ts";
import { type Call, EncodedValue } from "../../../pipeline/call.ts";
import type { Executor } from "../../../pipeline/ports.ts";
import type { Environment } from "../../../service/environment.ts";
import { createExecutor } from "../../../service/executor.ts";
import type { Store } from "../../../store/store.ts";
import { type Coherence, createCoherence } from "../../coherence.ts";
import type { CacheObserver, CoherentCache } from "../../coherent-cache.ts";
import { createInvalidationRelay } from "../../invalidations.ts";
import type { UnitFences } from "../../unit-fences.ts";
import { actAs } from "../schedule.fixture.ts";
import { noteHandlers, noteOperations, noteRows } from "./notes.fixture.ts";

/** What may be planted in the place of a part of the real code. */
export interface CodeFaults {
  readonly store?: (store: Store) => Store;
  readonly database?: (database: Database) => Database;
  readonly fences?: (store: Store) => UnitFences;
  readonly cache?: (store: Store, observe: CacheObserver) => CoherentCache;
  readonly noRelay?: true;
}

/** What a process is made of. */
export interface ProcessParts {
  readonly name: string;
  readonly store: Store;
  readonly database: Database;
  readonly faults: CodeFaults;
  readonly observe: CacheObserver;
}

/** A process. */
export interface ApiProcess {
  readonly name: string;
  /**
   * Reads the values of rows, from the cache or by the database. `between`, if given, is waited for after the call has
   * asked the store on its way in.
   */
  read(names: string, how: "read" | "direct", between?: () => Promise<void>): Promise<readonly number[]>;
  /** Writes a value into each of them. */
  write(names: string, value: number): Promise<void>;
  /** Its relay of invalidations begins. */
  startRelay(): void;
}

const forever = new AbortController().signal;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Makes it. */
export function createApiProcess({ name, faults, observe, ...links }: ProcessParts): ApiProcess {
  const store = faults.store?.(links.store) ?? links.store;
  const database = faults.database?.(links.database) ?? links.database;
  const real = createCoherence({ store, database, observe, isOn: true });
  const coherence: Coherence = {
    ...real,
    ...(faults.fences && { fences: () => faults.fences?.(store) ?? real.fences() }),
    ...(faults.cache && { cache: faults.cache(store, observe) }),
  };
  const environment = environmentOver(database, coherence);
  const reads = { read: executorOf(environment, "read"), direct: executorOf(environment, "direct") };
  const write = executorOf(environment, "write");
  return {
    name,
    async read(names, how, between) {
      const call = callOf(how, { names });
      const key = reads[how].entryKey?.(call);
      if (between !== undefined) {
        if (key !== undefined) call.entry = { key, lookup: await coherence.cache?.look(key) };
        await between();
      }
      const answer = await reads[how].execute(call, unchecked);
      const { values } = (answer instanceof EncodedValue ? answer.parse() : answer) as { values: number[] }; // notes.fixture.ts
      return values;
    },
    async write(names, value) {
      await write.execute(callOf("write", { names, value }), unchecked);
    },
    startRelay() {
      if (!faults.noRelay) actAs(`${name}'s relay`, () => createInvalidationRelay(database, store, quiet).start());
    },
  };
}

function environmentOver(database: Database, coherence: Coherence): Environment {
  return {
    database,
    rowsOver: noteRows,
    records: {
      async flush(transaction, { invalidation }) {
        await transaction.query({ text: "flush", values: [invalidation] });
      },
      evidence: () => ({ text: "evidence", values: [] }), // the simulated database knows by itself
      claim: unused,
      find: unused,
    },
    coherence,
    eventsCommitted() {},
    live: { follow: unused },
    fromStream: unused,
    clock: systemClock,
    auth: { issueToken: unused, hashPassword: unused, verifyPassword: unused },
    log: quiet,
    metrics: { count() {} },
    find: () => undefined,
    nested: unused,
    traceHeaders: () => ({}),
    traceEvent: (_consumer, _event, work) => work(),
  };
}

function operationOf(name: string): RegisteredOperation {
  const operation = noteOperations.get(name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  return operation;
}

function executorOf(environment: Environment, name: string): Executor {
  const handler = noteHandlers[name];
  if (handler === undefined) throw new Error(`there is no handler of ${name}`);
  return createExecutor(environment, operationOf(name), handler);
}

/** A call as it comes out of the pipeline: who calls and how long it may take are not what is simulated. */
function callOf(operation: string, input: unknown): Call {
  return {
    id: operation,
    operation: operationOf(operation),
    road: "http",
    input,
    credential: undefined,
    user: undefined,
    address: undefined,
    traceparent: undefined,
    tracestate: undefined,
    deadline: Number.MAX_SAFE_INTEGER,
    signal: forever,
    depth: 0,
    parent: undefined,
    session: undefined,
    idempotencyKey: undefined,
    replayed: false,
    entry: undefined,
    limits: undefined,
    items: undefined,
    send: undefined,
    beginCommit() {},
    endCommit() {},
    race: (work) => work(),
  };
}

function unchecked(value: unknown): unknown {
  return value;
}

function unused(): never {
  throw new Error("the simulation does not get there");
}
