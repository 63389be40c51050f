// What the store's tests do with it, in few words.

import assert from "node:assert/strict";
import type { Lease, LimitQuestion, LimitState, Lookup, Store } from "../../store/store.ts";

export const hour = 3_600_000;

/** Looks an entry up. */
export async function look(store: Store, key: string): Promise<Lookup> {
  const { entry } = await store.ask({ limits: [], entry: key });
  assert.ok(entry !== undefined);
  return entry;
}

/** What the lookup said: the body's text of a hit, else the state. */
export async function said(store: Store, key: string): Promise<string> {
  const found = await look(store, key);
  return found.state === "hit" ? `hit ${Buffer.from(found.body).toString()}` : found.state;
}

/** A lease for a key that nothing is kept under. */
export async function leaseOf(store: Store, key: string): Promise<Lease> {
  const found = await look(store, key);
  assert.ok(found.state === "miss" || found.state === "fenced", `there is no lease: ${found.state}`);
  return found.lease;
}

/** Fills under a lease; answers whether the entry was kept. */
export async function keepUnder(
  lease: Lease,
  store: Store,
  key: string,
  tags: readonly string[],
  text = key,
  ttl = hour,
): Promise<boolean> {
  return store.fill({ key, lease, tags, body: Buffer.from(text), ttl });
}

/** Takes a lease and fills, as a read does. */
export async function keep(
  store: Store,
  key: string,
  tags: readonly string[],
  text = key,
  ttl = hour,
): Promise<boolean> {
  return keepUnder(await leaseOf(store, key), store, key, tags, text, ttl);
}

/** Keeps after a fence has expired: the first fill may be the step that meets it, and bumps. */
export async function keepAfterExpiry(store: Store, key: string, tags: readonly string[]): Promise<boolean> {
  return (await keep(store, key, tags)) || (await keep(store, key, tags));
}

/** Asks for limits alone. */
export async function charge(store: Store, ...limits: readonly LimitQuestion[]): Promise<readonly LimitState[]> {
  const answer = await store.ask({ limits, entry: undefined });
  assert.equal(answer.entry, undefined);
  return answer.limits;
}
