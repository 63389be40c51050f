// Ends the wait for answers that do not come. All have the same time, so one timer is enough for them.

/** One that waits. */
export interface Waiting {
  readonly tooLate: () => void;
  /** On the clock of `performance.now`. */
  due: number;
  /** Whether it was given its time for a second time. */
  isExtended: boolean;
}

/** Milliseconds: a timer that is later than this was held up by this process itself. */
const heldUp = 50;

/** See above. */
export class Timeouts {
  readonly #millis: number;
  /** By the time when they are due. */
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(millis: number) {
    this.#millis = millis;
  }

  /** Calls `tooLate` once, after the time, unless `end` was called before. */
  begin(tooLate: () => void): Waiting {
    const waiting: Waiting = { tooLate, due: performance.now() + this.#millis, isExtended: false };
    this.#waiting.add(waiting);
    this.#timer ??= this.#check(this.#millis);
    return waiting;
  }

  /** Answers whether it still waited. */
  end(waiting: Waiting): boolean {
    return this.#waiting.delete(waiting);
  }

  /** The timer is not taken back with the last one that waits: there will soon be another. It keeps no process up. */
  #check(after: number): NodeJS.Timeout {
    return setTimeout(() => this.#pass(), after).unref();
  }

  #pass(): void {
    const now = performance.now();
    this.#timer = undefined;
    for (const waiting of this.#waiting) {
      if (waiting.due > now) break;
      this.#waiting.delete(waiting);
      // The command may not be sent, or its answer not be read yet: it has its time again, once.
      if (now > waiting.due + heldUp && !waiting.isExtended) this.#extend(waiting, now);
      else waiting.tooLate();
    }
    const [next] = this.#waiting;
    if (next !== undefined) this.#timer ??= this.#check(Math.max(1, Math.ceil(next.due - performance.now())));
  }

  #extend(waiting: Waiting, now: number): void {
    waiting.due = now + this.#millis;
    waiting.isExtended = true;
    this.#waiting.add(waiting);
  }
}
