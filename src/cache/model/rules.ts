// The rules of the coherent cache, as pure functions: what is a hit, what may be filled, what a bump is, when a fence
// may expire and a new store may open. The steps of store, readers and writers only apply them.

import type { Without } from "./parts.ts";
import { type CacheStore, type Entry, has, type Lease, type Rows, type Writer } from "./state.ts";

/** Bump: whatever was leased up to now and was made from one of the tags is not a hit from now on. */
export function bump(store: CacheStore, tags: Rows): CacheStore {
  const clock = store.clock + 1;
  return { ...store, clock, invalidated: store.invalidated.map((old, tag) => (has(tags, tag) ? clock : old)) };
}

/** A lease says from when on a change would make the entry stale. It is taken before the load. */
export function leaseOf(store: CacheStore): Lease {
  return { clock: store.clock, boot: store.boot };
}

/** The entry was leased in this life of the store: nothing that happened to its tags since then is forgotten. */
export function isOfThisLife(store: CacheStore, entry: Entry): boolean {
  return entry.lease.boot === store.boot;
}

/** No change that the janitor forgot can concern the entry. */
export function isAboveFloor(store: CacheStore, entry: Entry): boolean {
  return entry.lease.clock >= store.floor;
}

/** No writer is about to change what the entry was made from. */
export function isUnfenced(store: CacheStore, entry: Entry): boolean {
  return store.fences.every((tokens, tag) => tokens === 0 || !has(entry.tags, tag));
}

/** Nothing that the entry was made from has changed since its lease. */
export function isUnchanged(store: CacheStore, entry: Entry): boolean {
  return store.invalidated.every((at, tag) => at <= entry.lease.clock || !has(entry.tags, tag));
}

/** The condition of a hit. */
export function isHit(store: CacheStore, entry: Entry, without: Without): boolean {
  return (
    !store.closed &&
    (without.boot || isOfThisLife(store, entry)) &&
    (without.floorInHit || isAboveFloor(store, entry)) &&
    (without.fencesInHit || isUnfenced(store, entry)) &&
    (without.invalidatedInHit || isUnchanged(store, entry))
  );
}

/** The condition of a fill: the same. It only spares entries that would never be a hit. */
export function mayFill(store: CacheStore, entry: Entry, without: Without): boolean {
  if (without.checkInFill) return true;
  return (
    !store.closed &&
    (without.boot || isOfThisLife(store, entry)) &&
    isAboveFloor(store, entry) &&
    isUnfenced(store, entry) &&
    isUnchanged(store, entry)
  );
}

/**
 * A fence lasts 60 s from a moment after its attempt's BEGIN, and an attempt ends (COMMIT takes effect, rollback, or the
 * connection's end) within them: so a fence may expire at any moment after its attempt's end, and not before.
 */
export function mayExpire(writer: Writer, tag: number, isOfThisAttempt: boolean, commitMove: number): boolean {
  const isRunning = writer.next <= commitMove;
  return !(isRunning && isOfThisAttempt && has(writer.fenced, tag));
}

/** A new store opens 60 s after its birth: each attempt whose fence was lost with the old one has ended by then. */
export function mayOpen(writers: readonly Writer[]): boolean {
  return writers.every((writer) => !writer.lostFence);
}
