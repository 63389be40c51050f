// One key that somebody follows: its newest events, kept once for all who follow it, and who waits for the next.

import type { LiveEvent } from "./live-events.ts";

/** What is kept at hand for who is not quite at the end, in events and bytes; what is older is in the outbox. */
const recentEvents = 256;
const recentBytes = 1024 * 1024;

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
  #last: number | undefined;
  readonly #recent: LiveEvent[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;
  #waiting: Waiting[] = [];

  constructor(stream: string, key: string) {
    this.stream = stream;
    this.key = key;
  }

  /** The number of the newest event that was read; undefined until it is known where the present is. */
  get last(): number | undefined {
    return this.#last;
  }

  /** The present, when it is first known. */
  beginAt(last: number): void {
    this.#last ??= last;
    this.wakeAll();
  }

  /** Takes what was read after `last`, in order; what is known already is left out. */
  take(event: LiveEvent, bytes: number): void {
    const last = this.#last ?? 0;
    if (event.sequence <= last) return;
    // What lies between is no longer kept: whoever needs it is told when he asks the outbox.
    if (event.sequence > last + 1) this.#forget(this.#recent.length);
    this.#last = event.sequence;
    this.#recent.push(event);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    while (this.#recent.length > recentEvents || (this.#bytes > recentBytes && this.#recent.length > 1))
      this.#forget(1);
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

  /** Wakes once. */
  waitFor(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** Tells all who wait, when events were taken. */
  wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.wake();
  }
}
