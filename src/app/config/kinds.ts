// The kinds of values that environment variables hold.

import ipaddr from "ipaddr.js";
import type { Kind } from "./variable.ts";

function kind<T>(expected: string, read: (text: string) => T | undefined): Kind<T> {
  return {
    expected,
    read(text) {
      const value = read(text);
      return value === undefined ? { ok: false } : { ok: true, value };
    },
  };
}

/** Any text that is not empty. */
export const text: Kind<string> = kind("a text", (given) => given);

/** A whole number in a range. */
export function integer(least: number, most: number, what = "a whole number"): Kind<number> {
  return kind(`${what} from ${least} to ${most}`, (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : -1;
    return value >= least && value <= most ? value : undefined;
  });
}

/** A TCP port; 0 takes any free one. */
export const port: Kind<number> = integer(0, 65_535, "a port");

const unitMillis = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/** A length of time such as `500ms`, `10s`, `5m`, `1h`, `7d`; the value is milliseconds. */
export function duration(least: string, most: string): Kind<number> {
  const millis = (given: string): number | undefined => {
    const [, count, unit] = durationPattern.exec(given) ?? [];
    // The pattern lets only the units of the table through.
    return unit === undefined ? undefined : Number(count) * unitMillis[unit as keyof typeof unitMillis];
  };
  const from = millis(least) ?? 0;
  const to = millis(most) ?? 0;
  return kind(`a length of time such as 500ms, 10s or 7d, from ${least} to ${most}`, (given) => {
    const value = millis(given);
    return value !== undefined && value >= from && value <= to ? value : undefined;
  });
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return kind(`one of ${words.join(", ")}`, (given) => words.find((word) => word === given));
}

/** Values with commas between them; empty for an empty text. */
export function list<T>(item: Kind<T>): Kind<readonly T[]> {
  return kind(`a list with commas, each ${item.expected}`, (given) => {
    const texts = given.split(",").map((part) => part.trim());
    if (given.trim() === "") return [];
    const readings = texts.map((part) => item.read(part));
    const values = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
    return values.length === texts.length ? values : undefined;
  });
}

/** An IP address, or a network in CIDR form. */
export const network: Kind<string> = kind("an IP address or a network such as 10.0.0.0/8", (given) =>
  given.includes("/")
    ? ipaddr.isValidCIDR(given)
      ? given
      : undefined
    : ipaddr.isValid(given) && !/^\d+$/.test(given)
      ? given
      : undefined,
);

/** A web origin, or `*` for every one. */
export const origin: Kind<string> = kind("an origin such as https://app.example.com, or *", (given) => {
  if (given === "*") return given;
  return /^https?:\/\//.test(given) && URL.canParse(given) && new URL(given).origin === given ? given : undefined;
});

/** The address of a PostgreSQL database. */
export const postgresUrl: Kind<string> = kind(
  "an address such as postgres://user:password@host:5432/database",
  (given) => (/^postgres(ql)?:\/\//.test(given) && URL.canParse(given) ? given : undefined),
);

/** The address of a Redis or Valkey server. */
export const redisUrl: Kind<string> = kind("an address such as redis://user:password@host:6379/0", (given) =>
  /^rediss?:\/\//.test(given) && URL.canParse(given) ? given : undefined,
);
