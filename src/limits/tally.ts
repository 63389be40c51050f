// Where calls are counted: in the store, or in this process while there is none or it is away.

import type { LimitQuestion, LimitState, Store } from "../store/store.ts";
import { createLocalBuckets, type LocalBuckets } from "./local-buckets.ts";

/** What a tally is made of. */
export interface TallyOptions {
  readonly store: Store | undefined;
  readonly instances: number;
  readonly now: () => number;
}

/** Counts calls for all limits of a process. */
export class Tally {
  readonly store: Store | undefined;
  readonly #options: TallyOptions;
  readonly #own: LocalBuckets | undefined;
  #meanwhile: LocalBuckets | undefined;

  constructor(options: TallyOptions) {
    this.store = options.store;
    this.#options = options;
    this.#own =
      options.store === undefined ? createLocalBuckets({ instances: options.instances, now: options.now }) : undefined;
  }

  /** Counts here: always, where there is no store; else until it answers again, from empty buckets. */
  locally(questions: readonly LimitQuestion[]): readonly LimitState[] {
    if (this.#own !== undefined) return this.#own.ask(questions);
    const { instances, now } = this.#options;
    this.#meanwhile ??= createLocalBuckets({ instances, now, begin: "empty" });
    return this.#meanwhile.ask(questions);
  }

  /** The store has answered: losing it again begins with empty buckets again. */
  inContact(): void {
    this.#meanwhile = undefined;
  }
}
