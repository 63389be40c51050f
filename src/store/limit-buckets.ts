// Buckets of limits in memory, by GCRA: of each only the time is kept at which it is full again.

import type { LimitQuestion, LimitState } from "./store.ts";

/** Above this many, full buckets are forgotten. */
const sweepAbove = 10_000;

const mostBuckets = 1_000_000;

/** How buckets in memory are made. */
export interface LimitBucketsOptions {
  /** Whole microseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Whether a bucket that is not known is full, as by default, or as if emptied when these buckets were made. */
  readonly begin?: "full" | "empty";
  /** Buckets that are kept, by default a million: at more the older half is forgotten, whether full or not. */
  readonly most?: number;
}

/** Buckets by their keys. Times are microseconds. */
export class LimitBuckets {
  readonly #now: () => number;
  /** Undefined: what is not known is full. */
  readonly #emptiedAt: number | undefined;
  readonly #most: number;
  readonly #fullAt = new Map<string, number>();
  #sweepAt: number;

  constructor({ now, begin = "full", most = mostBuckets }: LimitBucketsOptions) {
    this.#now = now;
    this.#emptiedAt = begin === "empty" ? now() : undefined;
    this.#most = most;
    this.#sweepAt = Math.min(sweepAbove, most);
  }

  /** Charges all of them if all admit. */
  ask(questions: readonly LimitQuestion[]): LimitState[] {
    const now = this.#now();
    const fullAt = questions.map((question) =>
      Math.max(this.#fullAt.get(question.key) ?? this.#unknown(question), now),
    );
    const admitted = questions.every(({ interval, burst }, index) => waitOf(fullAt[index], now, interval, burst) === 0);
    return questions.map(({ key, interval, burst }, index) => {
      const before = fullAt[index] ?? now;
      const after = admitted ? before + interval : before;
      if (admitted) this.#set(key, after);
      const wait = waitOf(before, now, interval, burst);
      return {
        admitted: wait === 0,
        remaining: Math.max(0, Math.floor((now + burst * interval - after) / interval)),
        retryAfter: wait,
        resetAfter: after - now,
      };
    });
  }

  /** Forgets buckets that are full. */
  forget(): void {
    const now = this.#now();
    for (const [key, at] of this.#fullAt) if (at <= now) this.#fullAt.delete(key);
  }

  #unknown({ interval, burst }: LimitQuestion): number {
    return this.#emptiedAt === undefined ? 0 : this.#emptiedAt + burst * interval;
  }

  #set(key: string, fullAt: number): void {
    this.#fullAt.set(key, fullAt);
    if (this.#fullAt.size < this.#sweepAt) return;
    this.forget();
    // Down to half of it, so that a flood of keys does not sweep for each of them.
    for (const oldest of this.#fullAt.keys()) {
      if (this.#fullAt.size <= this.#most / 2) break;
      this.#fullAt.delete(oldest);
    }
    this.#sweepAt = Math.min(this.#most, Math.max(sweepAbove, 2 * this.#fullAt.size));
  }
}

/** Microseconds until one more call fits. */
function waitOf(fullAt: number | undefined, now: number, interval: number, burst: number): number {
  return Math.max(0, (fullAt ?? now) + interval - (now + burst * interval));
}
