// Time while a schedule runs: it passes only when the schedule says so. The code under simulation is the real one, so
// that what it takes its time from is replaced in the whole process, and put back at the end.

import type { Random } from "../random.fixture.ts";

interface Timer {
  readonly due: number;
  readonly fire: () => void;
}

/** Simulated time. Milliseconds. */
export class SimulatedTime {
  #now = 1_000;
  readonly #timers = new Map<object, Timer>();

  get now(): number {
    return this.#now;
  }

  /** Milliseconds until the next timer is due; undefined where there is none. */
  get untilNext(): number | undefined {
    if (this.#timers.size === 0) return undefined;
    return Math.max(0, Math.min(...[...this.#timers.values()].map(({ due }) => due)) - this.#now);
  }

  /** Lets time pass; what was due meanwhile fires then, each timer once, as in a process that was not scheduled. */
  pass(millis: number): void {
    this.#now += millis;
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#now);
    for (const [handle, { fire }] of due.toSorted(([, one], [, other]) => one.due - other.due)) {
      if (this.#timers.delete(handle)) fire();
    }
  }

  /** Puts it in the place of the process's own time and chance. Answers what undoes that. */
  install(random: Random): () => void {
    const { setTimeout, clearTimeout } = globalThis;
    const now = performance.now;
    const chance = Math.random;
    const started = (fire: () => void, millis = 0) => {
      const handle = { unref: () => handle, ref: () => handle };
      this.#timers.set(handle, { due: this.#now + millis, fire });
      return handle;
    };
    globalThis.setTimeout = started as unknown as typeof setTimeout; // as far as it is used here
    globalThis.clearTimeout = (handle) => void this.#timers.delete(handle as object); // one of those above
    performance.now = () => this.#now;
    Math.random = () => random.next();
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      performance.now = now;
      Math.random = chance;
    };
  }
}
