// One process of the service: the real cache, units of work and relay, over links that the schedule decides about.

import { appError } from "../../core/catalogue.ts";
import { systemClock } from "../../core/clock.ts";
import type { Database } from "../../database/database.ts";
import type { Call, EncodedValue } from "../../pipeline/call.ts";
import type { Executor } from "../../pipeline/ports.ts";
import type { Environment } from "../../service/environment.ts";
import { createExecutor } from "../../service/executor.ts";
import type { Store } from "../../store/store.ts";
import { type Coherence, createCoherence } from "../coherence.ts";
import { type CacheObserver, CoherentCache } from "../coherent-cache.ts";
import { createInvalidationRelay } from "../invalidations.ts";
import { UnitFences } from "../unit-fences.ts";
import { noteHandlers, noteOperations, noteRows } from "./notes.fixture.ts";
import { actAs, type Mortal } from "./schedule.fixture.ts";

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
}

const forever = new AbortController().signal;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const unobserved: CacheObserver = { read() {}, fill() {} };

/** A process, alive until it dies. */
export class ApiProcess implements Mortal {
  readonly name: string;
  /** Resolves when it dies. */
  readonly death: Promise<"died">;
  readonly #executors: ReadonlyMap<string, Executor>;
  readonly #relay: () => void;
  #die: (how: "died") => void = () => undefined;
  #isAlive = true;

  constructor(parts: ProcessParts, isAliveToo: { owner: Mortal | undefined }) {
    const { name, faults } = parts;
    this.name = name;
    isAliveToo.owner = this;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
    const store = faults.store?.(parts.store) ?? parts.store;
    const database = faults.database?.(parts.database) ?? parts.database;
    const coherence = withFaults(createCoherence({ store, database, observe: unobserved, isOn: true }), store, faults);
    const environment = environmentOver(database, coherence);
    this.#executors = executorsOf(environment);
    this.#relay = () => actAs(`${name}'s relay`, () => createInvalidationRelay(database, store, quiet).start());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  die(): void {
    this.#isAlive = false;
    this.#die("died");
  }

  startRelay(): void {
    this.#relay();
  }

  /** Reads the values of rows. `wait`, if given, is between what the call asks on its way in and the rest of it. */
  async read(names: string, from: "read" | "direct", wait?: () => Promise<void>): Promise<readonly number[]> {
    const call = callOf(from, { names });
    if (wait !== undefined) {
      const key = this.#executor(from).entryKey?.(call);
      if (key !== undefined) call.entry = { key, lookup: await this.#look(key) };
      await wait();
    }
    const answer = await this.#executor(from).execute(call, checked);
    const { values } = (from === "read" ? (answer as EncodedValue).parse() : answer) as { values: number[] }; // notes.fixture.ts
    return values;
  }

  async write(names: string, value: number): Promise<void> {
    await this.#executor("write").execute(callOf("write", { names, value }), checked);
  }

  #executor(name: string): Executor {
    const executor = this.#executors.get(name);
    if (executor === undefined) throw new Error(`there is no operation ${name}`);
    return executor;
  }
}
