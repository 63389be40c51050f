// The writing side of the coherent cache, for one attempt at a unit of work:
//
// 1. A tag is fenced as soon as it is known to be touched, beside the unit's statements, under a token of this attempt.
// 2. COMMIT is sent only after every fence was acknowledged, and while all of them still stand.
// 3. After COMMIT the tags are bumped and the fences taken away, and only then the call is answered.
// 4. What dies in between leaves fences, which expire, and a row of the transaction, by which the relay does step 3.

import { backoff, sleep } from "../core/async.ts";
import { appError } from "../core/catalogue.ts";
import { uuidv7 } from "../core/ids.ts";
import { fenceLife, type Store } from "../store/store.ts";

/** What a unit leaves in the database, so that its tags are bumped even if its process dies after COMMIT. */
export interface Invalidation {
  readonly id: string;
  readonly token: string;
  readonly tags: readonly string[];
}

/** Fences older than this are set again before COMMIT, so that they stand for as long as one can take. */
const freshFor = fenceLife / 2;
/** Milliseconds within which the bump after a COMMIT must be acknowledged, whatever the call's deadline says. */
const releaseWithin = 5_000;

/** The fences of one attempt. A unit that runs again has new ones: see the model for what a kept token breaks. */
export class UnitFences {
  readonly #store: Store;
  readonly #token = uuidv7();
  readonly #tags = new Set<string>();
  #unsent: string[] = [];
  #sent: Promise<void>[] = [];
  #since = 0;
  #reached = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What was touched so far. */
  get tags(): readonly string[] {
    return [...this.#tags];
  }

  /** The row to leave in the transaction; undefined where nothing was touched. */
  get invalidation(): Invalidation | undefined {
    return this.#tags.size === 0 ? undefined : { id: this.#token, token: this.#token, tags: [...this.#tags] };
  }

  /** Fences tags. What is touched in one turn of the event loop leaves together. */
  touch(tags: readonly string[]): void {
    for (const tag of tags) {
      if (this.#tags.has(tag)) continue;
      this.#tags.add(tag);
      if (this.#unsent.push(tag) === 1) queueMicrotask(() => this.#send());
    }
  }

  /** Before COMMIT. Throws AppError STORE_UNAVAILABLE where a fence may not stand. */
  async acknowledged(): Promise<void> {
    this.#send();
    await this.#all();
    if (this.#tags.size === 0 || performance.now() - this.#since < freshFor) return;
    this.#sent = [];
    this.#unsent = [...this.#tags];
    this.#since = 0;
    this.#send();
    await this.#all();
  }

  /** After COMMIT, before the answer. Throws AppError OUTCOME_UNKNOWN if the bump is not acknowledged in time. */
  async release(): Promise<void> {
    if (this.#tags.size === 0) return;
    const end = performance.now() + releaseWithin;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#store.unfence(this.#token, [...this.#tags]);
        return;
      } catch (error) {
        if (performance.now() >= end) throw appError("OUTCOME_UNKNOWN", { cause: error });
        await sleep(backoff(attempt, 20, 500));
      }
    }
  }

  /** Instead of either: it is not known whether the unit has committed, so its fences stay until they expire. */
  leave(): void {
    this.#unsent = [];
    this.#reached = false;
  }

  /** After a rollback: nothing changed, so nobody waits for it. */
  abandon(): void {
    this.#unsent = [];
    if (!this.#reached) return;
    this.#reached = false;
    void this.#takeAway();
  }

  /**
   * A fence that got no answer may stand all the same, and keeps its rows out of the cache: it is taken away once the
   * store answers again, if it has not expired before.
   */
  async #takeAway(): Promise<void> {
    const end = performance.now() + fenceLife;
    for (let attempt = 0; performance.now() < end; attempt++) {
      try {
        await this.#store.unfence(this.#token, [...this.#tags]);
        return;
      } catch {
        await sleep(backoff(attempt, 50, 1_000), undefined, true);
      }
    }
  }

  #send(): void {
    if (this.#unsent.length === 0) return;
    const tags = this.#unsent;
    this.#unsent = [];
    if (this.#since === 0) this.#since = performance.now();
    this.#reached ||= this.#store.isReachable;
    try {
      const fenced = this.#store.fence(this.#token, tags);
      if (fenced === undefined) return;
      fenced.catch(() => undefined); // looked at before COMMIT
      this.#sent.push(fenced);
    } catch (error) {
      const failed = Promise.reject(error);
      failed.catch(() => undefined);
      this.#sent.push(failed);
    }
  }

  async #all(): Promise<void> {
    try {
      for (const fenced of this.#sent) await fenced;
    } catch (error) {
      throw appError("STORE_UNAVAILABLE", { cause: error });
    }
  }
}
