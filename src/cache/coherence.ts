// What the service layer sees of the coherent cache: fences for its units, entries for its queries.

import { appError } from "../core/catalogue.ts";
import type { Database } from "../database/database.ts";
import type { Store } from "../store/store.ts";
import { type CacheObserver, CoherentCache } from "./coherent-cache.ts";
import { OwnInvalidations } from "./invalidations.ts";
import { UnitFences } from "./unit-fences.ts";

/** The coherent cache of a process. */
export interface Coherence {
  /** Undefined where this process keeps and serves no answers (`CACHE=off`): its writes are fenced all the same. */
  readonly cache: CoherentCache | undefined;
  /** Whether units leave a row for the tags that they touch: not where the store dies with its writers. */
  readonly durable: boolean;
  /** Fences for one attempt at a unit of work. */
  fences(): UnitFences;
  /** Told when a unit's tags were bumped: its row is no longer needed. */
  invalidated(id: string): void;
  /** Bumps tags once more, before an answer that acknowledges their write again. Throws AppError STORE_UNAVAILABLE. */
  reinvalidate(tags: readonly string[]): Promise<void>;
  /** Removes the rows that are done with. The store stays open. */
  close(): Promise<void>;
}

/** What it is made over. */
export interface CoherenceParts {
  readonly store: Store;
  readonly database: Database;
  readonly observe: CacheObserver;
  /** Whether answers are kept and served. */
  readonly isOn: boolean;
}

/** Makes it. */
export function createCoherence({ store, database, observe, isOn }: CoherenceParts): Coherence {
  const own = new OwnInvalidations(database);
  return {
    cache: isOn ? new CoherentCache(store, observe) : undefined,
    durable: store.kind !== "memory",
    fences: () => new UnitFences(store),
    invalidated: (id) => own.done(id),
    async reinvalidate(tags) {
      try {
        if (tags.length > 0) await store.unfence("", tags);
      } catch (error) {
        throw appError("STORE_UNAVAILABLE", { cause: error });
      }
    },
    close: () => own.close(),
  };
}
