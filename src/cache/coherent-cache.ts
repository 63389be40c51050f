// The reading side of the coherent cache. Why a hit is never stale, and a load never kept wrongly, is the store's
// business (store.ts); what is kept here: a lease is taken before the load, and a read joins only a load that begins
// after it.

import { isAppError } from "../core/app-error.ts";
import type { Fill, Lease, Lookup, Store } from "../store/store.ts";

/** What a load gives. */
export interface Loaded {
  readonly body: Uint8Array;
  readonly tags: readonly string[];
  /** False: something that it was made from has no tag. */
  readonly isComplete: boolean;
}

/** One read of the cache. */
export interface CacheRead {
  readonly key: string;
  /** What the store said on the call's way in. Undefined: it could not be asked. */
  readonly lookup: Lookup | undefined;
  /** Milliseconds, before jitter. */
  readonly ttl: number;
  /** Loads from the database, in one new snapshot of its own. */
  readonly load: () => Promise<Loaded>;
}

/** Hears how reads went. */
export interface CacheObserver {
  read(result: "hit" | "miss" | "fenced" | "closed" | "joined"): void;
  fill(result: "kept" | "refused" | "failed"): void;
}

/** The loads of a key: at most one runs and one waits. */
interface Loads {
  running: Promise<Uint8Array>;
  waiting: Promise<Uint8Array> | undefined;
}

const ttlJitter = 0.1;
const reasonsOfOneCall = new Set(["CANCELLED", "DEADLINE_EXCEEDED", "SHUTTING_DOWN"]);

/** Reads through a store. One per process. */
export class CoherentCache {
  readonly #store: Store;
  readonly #observe: CacheObserver;
  readonly #loads = new Map<string, Loads>();

  constructor(store: Store, observe: CacheObserver) {
    this.#store = store;
    this.#observe = observe;
  }

  /** The entry's bytes, from the store or loaded. Rejects with what `load` rejects with. */
  read(read: CacheRead): Uint8Array | Promise<Uint8Array> {
    const { lookup } = read;
    if (lookup?.state === "hit") {
      this.#observe.read("hit");
      return lookup.body;
    }
    const loads = this.#loads.get(read.key);
    if (loads !== undefined) return this.#join(loads, read);
    this.#observe.read(lookup?.state ?? "closed");
    return this.#lead(read);
  }

  #lead(read: CacheRead): Promise<Uint8Array> {
    const running = this.#load(read, leaseOf(read.lookup));
    const loads: Loads = { running, waiting: undefined };
    this.#loads.set(read.key, loads);
    const end = (): void => this.#ended(read.key, loads, running);
    running.then(end, end);
    return running;
  }

  /**
   * The load that runs may have read the database before this read began, so it is of no use to it: the read waits for
   * the next one, with all others that come meanwhile. That one begins with another look at the store.
   */
  async #join(loads: Loads, read: CacheRead): Promise<Uint8Array> {
    this.#observe.read("joined");
    const first = loads.waiting === undefined;
    loads.waiting ??= this.#next(loads, read);
    try {
      return await loads.waiting;
    } catch (error) {
      // What ended another call is nothing to this one.
      if (first || !isAppError(error) || !reasonsOfOneCall.has(error.reason)) throw error;
      return this.#load(read, leaseOf(read.lookup));
    }
  }

  #next(loads: Loads, read: CacheRead): Promise<Uint8Array> {
    const next = loads.running.then(ignore, ignore).then(async () => {
      loads.running = next;
      loads.waiting = undefined;
      const lookup = await this.look(read.key);
      return lookup?.state === "hit" ? lookup.body : this.#load(read, leaseOf(lookup));
    });
    const end = (): void => this.#ended(read.key, loads, next);
    next.then(end, end);
    return next;
  }

  #ended(key: string, loads: Loads, load: Promise<Uint8Array>): void {
    if (loads.running === load && loads.waiting === undefined) this.#loads.delete(key);
  }

  /** What the store says of an entry; undefined where it cannot be asked. */
  async look(key: string): Promise<Lookup | undefined> {
    if (!this.#store.isReachable) return undefined;
    try {
      return (await this.#store.ask({ limits: [], entry: key })).entry;
    } catch {
      return undefined; // the database answers then
    }
  }

  async #load({ key, ttl, load }: CacheRead, lease: Lease | undefined): Promise<Uint8Array> {
    const { body, tags, isComplete } = await load();
    if (lease !== undefined && isComplete) void this.#fill({ key, lease, tags, body, ttl: jittered(ttl) });
    return body;
  }

  /** The answer does not wait for it. */
  async #fill(fill: Fill): Promise<void> {
    try {
      this.#observe.fill((await this.#store.fill(fill)) ? "kept" : "refused");
    } catch {
      this.#observe.fill("failed");
    }
  }
}

function leaseOf(lookup: Lookup | undefined): Lease | undefined {
  return lookup?.state === "miss" || lookup?.state === "fenced" ? lookup.lease : undefined;
}

/** So that entries made together do not end together. */
function jittered(ttl: number): number {
  return Math.ceil(ttl * (1 + ttlJitter * (2 * Math.random() - 1)));
}

function ignore(): void {}
