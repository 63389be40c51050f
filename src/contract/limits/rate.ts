// How often: the text of a rate, read.

type Unit = "second" | "minute" | "hour" | "day";

/** `"60 per minute"`, `"10 per 15 minutes"`. */
export type LimitRate = `${number} per ${Unit}` | `${number} per ${number} ${Unit | `${Unit}s`}`;

/** A rate, read: `calls` in every `period`. */
export interface Rate {
  readonly calls: number;
  /** Seconds. */
  readonly period: number;
  /** Microseconds between two calls; rounded up, so that no more than the rate is admitted. */
  readonly interval: number;
}

const unitSeconds = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
const pattern = /^([1-9]\d{0,8}) per (?:([1-9]\d{0,8}) )?(second|minute|hour|day)s?$/;

/** The longest time, in seconds, in which a bucket may fill: the stores count in whole microseconds. */
export const longestPeriod = 366 * 86_400;

/** More would be less than a microsecond apart. */
const mostPerSecond = 1_000_000;

/** Reads the text; undefined where it is no rate. */
export function rateFrom(text: unknown): Rate | undefined {
  const [, calls = "", count = "1", unit] = typeof text === "string" ? (pattern.exec(text) ?? []) : [];
  if (unit === undefined) return undefined;
  const period = Number(count) * unitSeconds[unit as keyof typeof unitSeconds]; // the pattern lets only these through
  const rate = { calls: Number(calls), period, interval: Math.ceil((period * 1e6) / Number(calls)) };
  return period <= longestPeriod && rate.calls <= period * mostPerSecond ? rate : undefined;
}

/** A length of time in words: `15 minutes`, `minute`. */
export function periodInWords(seconds: number): string {
  const units = ["day", "hour", "minute"] as const;
  const unit = units.find((each) => seconds % unitSeconds[each] === 0) ?? "second";
  const count = seconds / unitSeconds[unit];
  return count === 1 ? unit : `${count} ${unit}s`;
}
