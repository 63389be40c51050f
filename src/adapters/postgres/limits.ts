// A caller's signal and deadline as one event.

import type { CallLimits } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";

/** Timers cannot be set further ahead. */
const longestTimer = 2 ** 31 - 1;

/** Calls `stop` once when the signal aborts or the deadline passes, also if it already has. Returns how to end that. */
export function watchLimits(limits: CallLimits, stop: (error: DatabaseError) => void): () => void {
  const { signal, deadline } = limits;
  if (signal === undefined && deadline === undefined) return nothing;
  const onAbort = (): void => {
    end();
    stop(new DatabaseError("cancelled", "The caller's signal aborted", { cause: signal?.reason }));
  };
  const onTime = (): void => {
    end();
    stop(new DatabaseError("cancelled", "The caller's deadline has passed"));
  };
  const timer =
    deadline === undefined ? undefined : setTimeout(onTime, Math.min(Math.max(deadline - Date.now(), 0), longestTimer));
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  if (signal?.aborted) onAbort();
  else if (deadline !== undefined && deadline <= Date.now()) onTime();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return end;
}

/** What a promise gives, unless the limits end first; what it gives then goes to `late`. */
export function withinLimits<T>(promise: Promise<T>, limits: CallLimits, late: (value: T) => void): Promise<T> {
  if (limits.signal === undefined && limits.deadline === undefined) return promise;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = watchLimits(limits, (error) => {
      isOver = true;
      reject(error);
    });
    promise.then(
      (value) => {
        end();
        if (isOver) late(value);
        else resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

function nothing(): void {}
