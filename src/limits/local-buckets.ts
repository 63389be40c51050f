// Buckets in this process: its share of a limit where no store is configured, or while the store is away.

import { LimitBuckets, type LimitBucketsOptions } from "../store/limit-buckets.ts";
import type { LimitQuestion, LimitState } from "../store/store.ts";

/** How the buckets of a process are made. `empty`: what was counted is out of reach, and may be all there was. */
export interface LocalBucketOptions extends LimitBucketsOptions {
  /** How many processes share a limit. */
  readonly instances: number;
}

/** Counts calls in this process. */
export interface LocalBuckets {
  /** As the store's `ask`, for this process's share of each bucket. */
  ask(questions: readonly LimitQuestion[]): readonly LimitState[];
}

/**
 * Makes them. Guarantee: of a bucket one process admits at most `rate / instances` in the long run, and at once its
 * share of the burst, which is one call at least.
 */
export function createLocalBuckets({ instances, ...options }: LocalBucketOptions): LocalBuckets {
  const buckets = new LimitBuckets(options);
  return { ask: (questions) => buckets.ask(questions.map((question) => shareOf(question, instances))) };
}

function shareOf({ key, interval, burst }: LimitQuestion, instances: number): LimitQuestion {
  return { key, interval: interval * instances, burst: Math.max(1, Math.floor(burst / instances)) };
}
