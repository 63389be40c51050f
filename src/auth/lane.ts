// A narrow place: so many tasks at a time, so many waiting, the rest turned away.

import { appError } from "../core/catalogue.ts";

/** Runs tasks, a few at a time, in the order in which they came. */
export interface Lane {
  /** Rejects with AppError OVERLOADED at once when the queue is full. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Creates a lane of `width` tasks at a time with at most `queue` waiting. */
export function createLane(width: number, queue: number): Lane {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(task) {
      if (running >= width) {
        if (waiting.length >= queue) throw appError("OVERLOADED", { retryAfter: 1 });
        // The one that leaves hands its place over, so nobody can slip in between.
        await new Promise<void>((enter) => waiting.push(enter));
      } else running++;
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
