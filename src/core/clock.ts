// Time as a dependency, so that tests decide what time it is.

/** Milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 in UTC with milliseconds, the one form of a point in time on every road: `2026-11-22T18:40:00.123Z`. */
export function timestampFromMillis(millis: number): string {
  return new Date(millis).toISOString();
}
