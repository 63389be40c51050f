// What one script does in the store, and what happens to the store by itself: each is one atomic step.

import type { Without } from "../parts.ts";
import { bump, mayFill } from "../rules.ts";
import { type CacheStore, type Entry, has, type Rows } from "../state.ts";

/** The store of the beginning: empty and open. */
export function emptyStore(rows: number): CacheStore {
  const none = Array.from({ length: rows }, () => 0);
  return { clock: 0, floor: 0, boot: 0, closed: false, invalidated: none, fences: none, entry: undefined };
}

/** Keeps the entry if it could be a hit. */
export function fill(store: CacheStore, entry: Entry, without: Without): CacheStore {
  return mayFill(store, entry, without) ? { ...store, entry } : store;
}

/** Sets the token's fence on the tags, and bumps them. */
export function fence(store: CacheStore, token: number, tags: Rows, without: Without): CacheStore {
  const fences = store.fences.map((tokens, tag) => (has(tags, tag) ? tokens | (1 << token) : tokens));
  const fenced = { ...store, fences };
  return without.bumpAtFence ? fenced : bump(fenced, tags);
}

/** Takes the token's fence away and bumps the tags, also if the fence is gone already. */
export function unfence(store: CacheStore, token: number, tags: Rows, without: Without): CacheStore {
  const stands = store.fences.some((tokens) => has(tokens, token));
  const unfenced = { ...store, fences: store.fences.map((tokens) => tokens & ~(1 << token)) };
  if (without.bumpAtUnfence || (without.bumpOfGoneToken && !stands)) return unfenced;
  return bump(unfenced, tags);
}

/** A script meets the token's expired fence on one tag: it bumps the tag before anything else. */
export function expire(store: CacheStore, token: number, tag: number, without: Without): CacheStore {
  const fences = store.fences.map((tokens, of) => (of === tag ? tokens & ~(1 << token) : tokens));
  const expired = { ...store, fences };
  return without.bumpAtExpiry ? expired : bump(expired, 1 << tag);
}

/** The janitor forgets when a tag was invalidated: by raising the floor over it. */
export function forget(store: CacheStore, tag: number, without: Without): CacheStore {
  const forgotten = store.invalidated[tag] ?? 0;
  const floor = without.floorAtForget ? store.floor : Math.max(store.floor, forgotten);
  return { ...store, floor, invalidated: store.invalidated.map((at, of) => (of === tag ? 0 : at)) };
}

/** FLUSHALL, or a restart with nothing: the first script finds no nonce and makes one. */
export function wipe(store: CacheStore, without: Without): CacheStore {
  return newLife(emptyStore(store.fences.length), store.boot + 1, without);
}

/** A restart with an old state: the nonce is there, but of another run of the server. */
export function restore(store: CacheStore, saved: CacheStore, without: Without): CacheStore {
  return newLife(saved, store.boot + 1, without);
}

/** A new store opens for hits and fills. */
export function open(store: CacheStore, without: Without): CacheStore {
  const clock = store.clock + 1;
  return { ...store, closed: false, clock, floor: without.floorAtOpening ? store.floor : clock };
}

function newLife(store: CacheStore, boot: number, without: Without): CacheStore {
  const born = { ...store, boot, closed: true };
  return without.closedBirth ? open(born, without) : born;
}
