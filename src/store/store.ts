// The store port: one fast store beside the database, in which limits are counted and the coherent cache is kept.
// Its rules are those of docs/architecture.md, "The coherent cache"; src/cache/model proves them. Two stores: memory and
// Redis, held to one contract suite (`storeSuite`).
//
// State: a counter `clock`; `floor`; a nonce that names the state's life (`boot`); per tag `invalidated` and the fences
// of writers about to commit; entries; per limit the time at which its bucket is full again. Every method is one atomic
// step in the store's own time. A step that meets an expired fence first bumps its tag: invalidated = ++clock.

/** What a call asks on its way in: one round trip, however much of it is asked. */
export interface Question {
  /** Charged together if all of them admit the call; if one refuses, none is charged and the entry is not looked up. */
  readonly limits: readonly LimitQuestion[];
  /** The key of the cached entry that would answer the call. */
  readonly entry: string | undefined;
}

/** One bucket, by GCRA: `burst` calls at once, then one every `interval`. */
export interface LimitQuestion {
  readonly key: string;
  /** Microseconds until one more call is admitted. */
  readonly interval: number;
  readonly burst: number;
}

/** What the store says. */
export interface Answer {
  /** In the order of the questions. */
  readonly limits: readonly LimitState[];
  /** Undefined when none was asked for, or a limit refused. */
  readonly entry: Lookup | undefined;
}

/** A bucket after the question. */
export interface LimitState {
  readonly admitted: boolean;
  /** Calls that would be admitted at once from now on. */
  readonly remaining: number;
  /** Microseconds until a call is admitted; 0 if one is. */
  readonly retryAfter: number;
  /** Microseconds until the bucket is full again. */
  readonly resetAfter: number;
}

/**
 * An entry that is surely fresh, or the lease under which the loaded one may be kept. `fenced`: there is an entry, and a
 * writer of one of its tags is about to commit. `closed`: the store was just born or a migration runs; nothing is served
 * and nothing kept until the fences that it may have lost have expired.
 */
export type Lookup =
  | { readonly state: "hit"; readonly body: Uint8Array }
  | { readonly state: "miss" | "fenced"; readonly lease: Lease }
  | { readonly state: "closed" };

/** `clock` and `boot` as they were before the load began. */
export interface Lease {
  readonly clock: number;
  readonly boot: string;
}

/** A loaded entry. */
export interface Fill {
  readonly key: string;
  readonly lease: Lease;
  /** Everything that the entry was made from. An entry of more than `mostEntryTags` is not kept. */
  readonly tags: readonly string[];
  readonly body: Uint8Array;
  /** Milliseconds. At most an hour. */
  readonly ttl: number;
}

/** The store. Methods reject with StoreUnavailable when it gave no answer: a write may have happened all the same. */
export interface Store {
  readonly kind: "memory" | "redis";
  /** False while it is known to be out of reach: whoever can do without it does not ask. */
  readonly isReachable: boolean;
  /** At once, without a promise, where no network is between. */
  ask(question: Question): Answer | Promise<Answer>;
  /**
   * Keeps an entry unless something that it was made from has changed, or may be changing, since its lease. Answers
   * whether it was kept.
   */
  fill(fill: Fill): boolean | Promise<boolean>;
  /**
   * Sets the token's fence on tags: until `unfence` none of their entries is served. It expires 60 s later, which bumps
   * the tag; again with the same token, it lasts anew.
   */
  fence(token: string, tags: readonly string[]): void | Promise<void>;
  /** Bumps the tags (also if the token's fence is gone) and takes its fences away. */
  unfence(token: string, tags: readonly string[]): void | Promise<void>;
  /** Before a migration: no hits and no fills from now on, in any process. */
  seal(): Promise<void>;
  /** After it: a new life. Entries of the one before are gone; fences stand. */
  renew(): Promise<void>;
  /**
   * The janitor's turn: forgets tags that nothing kept can depend on any more, by raising the floor over them. Answers
   * how many.
   */
  forget(): Promise<number>;
  close(): Promise<void>;
}

/** The store gave no answer, or none in time. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** Milliseconds that a fence stands unless it is set again or taken away. */
export const fenceLife = 60_000;

/** Milliseconds that an entry may be kept at most. */
export const maxEntryLife = 3_600_000;

/** Tags above which checking an entry would cost more than it is worth, and hold up the store's other callers. */
export const mostEntryTags = 1_000;
