// Counts defects: every INTERNAL error by its fingerprint, with a hook for an error tracker.

import type { AppError } from "../core/app-error.ts";
import { systemClock, timestampFromMillis } from "../core/clock.ts";
import { errorFingerprint, errorRecord, rootCause } from "./error-record.ts";

/** A defect that was met. */
export interface TrackedError {
  readonly fingerprint: string;
  readonly type: string;
  readonly operation: string;
  /** How often since the process began (or since it was forgotten: the 256 latest are kept). */
  readonly count: number;
  /** RFC 3339. */
  readonly firstAt: string;
  /** RFC 3339. */
  readonly lastAt: string;
}

/** Counts defects. */
export interface ErrorTracker {
  /** Never throws. */
  record(error: AppError, operation: string, requestId: string): TrackedError;
  /** The latest first. */
  list(): readonly TrackedError[];
}

/** Told of every occurrence of a defect; what it throws is dropped. */
export type OnError = (error: AppError, tracked: TrackedError, requestId: string) => void;

const kept = 256;

/** Creates the counter of defects. */
export function createErrorTracker(onError?: OnError): ErrorTracker {
  const known = new Map<string, TrackedError>();
  return {
    record(error, operation, requestId) {
      const fingerprint = errorFingerprint(error);
      const lastAt = timestampFromMillis(systemClock.now());
      const before = known.get(fingerprint);
      const tracked: TrackedError = {
        fingerprint,
        type: errorRecord(rootCause(error)).type,
        operation,
        count: (before?.count ?? 0) + 1,
        firstAt: before?.firstAt ?? lastAt,
        lastAt,
      };
      // Taken out and put back, the map keeps the order of the latest occurrence.
      known.delete(fingerprint);
      known.set(fingerprint, tracked);
      const [oldest] = known.keys();
      if (known.size > kept && oldest !== undefined) known.delete(oldest);
      try {
        onError?.(error, tracked, requestId);
      } catch {
        // A broken hook must not break the call that it is told of.
      }
      return tracked;
    },
    list: () => [...known.values()].reverse(),
  };
}
