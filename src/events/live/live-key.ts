// One key that somebody follows: its newest events, kept once for all who follow it, and who waits for the next.

import type { LiveEvent } from "./live-events.ts";
import type { LiveLimits } from "./live-limits.ts";

/** What an event takes beside its data, roughly, in bytes. */
const eventOverhead = 512;

/** Who waits for a key's next event. */
export interface Waiting {
  /** There is something new. Must not throw. */
  wake(): void;
}

/** See above. */
export class LiveKey {
  readonly stream: string;
  readonly key: string;
  /** How many follow it. */
  followers = 0;
  readonly #limits: LiveLimits;
  #last: number | undefined;
  readonly #recent: LiveEvent[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;
  #waiting = new Set<Waiting>();

  constructor(stream: string, key: string, limits: LiveLimits) {
    this.stream = stream;
    this.key = key;
    this.#limits = limits;
  }

  /** The number of the newest event that was read; undefined until it is known where the present is. */
  get last(): number | undefined {
    return this.#last;
  }

  /** What is at hand takes so many bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events at hand. */
  get size(): number {
    return this.#recent.length;
  }

  /** The present, when it is first known. `wakeAll` tells those who wait for it. */
  beginAt(last: number): void {
    this.#last ??= last;
  }

  /** Takes the next event that was read after `last`. */
  take(event: LiveEvent, bytes: number): void {
    const last = this.#last ?? 0;
    // What lies between is no longer kept: whoever needs it is told when he asks the outbox.
    if (event.sequence > last + 1) this.clear();
    this.#last = event.sequence;
    const size = bytes + eventOverhead;
    this.#recent.push(event);
    this.#sizes.push(size);
    this.#bytes += size;
    const { recentEvents, recentBytes } = this.#limits;
    while (this.#recent.length > recentEvents || (this.#bytes > recentBytes && this.#recent.length > 1))
      this.#forget(1);
  }

  /** Keeps nothing at hand any more. */
  clear(): void {
    this.#forget(this.#recent.length);
  }

  #forget(count: number): void {
    this.#recent.splice(0, count);
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
  }

  /** The event after a number, if it is at hand. */
  eventAfter(sequence: number): LiveEvent | undefined {
    const first = this.#recent[0];
    return first === undefined ? undefined : this.#recent[sequence + 1 - first.sequence];
  }

  /** Wakes it once, at the next event, or when it is known where the present is. */
  waitFor(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  /** Does not wake it any more. */
  forgetWaiting(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  /** Tells all who wait, when events were taken. */
  wakeAll(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const each of waiting) each.wake();
  }
}
