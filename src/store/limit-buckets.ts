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
    const untilFull = questions.map((question) =>
      Math.max((this.#fullAt.get(question.key) ?? this.#unknown(question)) - now, 0),
    );
    const states = limitStates(questions, untilFull);
    if (states.every(({ admitted }) => admitted))
      for (const [index, { key }] of questions.entries()) this.#set(key, now + (states[index]?.resetAfter ?? 0));
    return states;
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

/**
 * What was made of a question whose buckets needed `untilFull` microseconds until they were full: all are charged if all
 * admit, else none.
 */
export function limitStates(questions: readonly LimitQuestion[], untilFull: readonly number[]): LimitState[] {
  const waits = questions.map(({ interval, burst }, index) => Math.max(0, left(index) + interval - burst * interval));
  const admitted = waits.every((wait) => wait === 0);
  return questions.map(({ interval, burst }, index) => {
    const resetAfter = admitted ? left(index) + interval : left(index);
    const wait = waits[index] ?? 0;
    const remaining = Math.max(0, Math.floor((burst * interval - resetAfter) / interval));
    return { admitted: wait === 0, remaining, retryAfter: wait, resetAfter };
  });

  function left(index: number): number {
    return untilFull[index] ?? 0;
  }
}
