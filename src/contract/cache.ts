// How long a query's answers may be kept, as its contract says it.

/** `"60s"`: kept that long, per user. `shared`: one answer for all who may call it. */
export type CacheOption = CacheLife | { readonly ttl: CacheLife; readonly shared?: boolean };

/** A length of time: milliseconds, seconds, minutes or one hour at most. */
export type CacheLife = `${number}${"ms" | "s" | "m" | "h"}`;

/** The option, read. */
export interface CacheRule {
  /** Milliseconds; undefined where the text is none: told at start. */
  readonly ttl: number | undefined;
  /**
   * One entry for all callers: the handler sees no user, and the operation's own `authorize` runs on every hit instead
   * of inside the load.
   */
  readonly shared: boolean;
}

const unitMillis = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const lifePattern = /^(\d{1,7})(ms|s|m|h)$/;
const longest = 3_600_000;

/** Reads the option. */
export function cacheRule(option: CacheOption | undefined): CacheRule | undefined {
  if (option === undefined) return undefined;
  const { ttl, shared = false } = typeof option === "string" ? { ttl: option } : option;
  const [, count, unit] = lifePattern.exec(ttl) ?? [];
  if (unit === undefined) return { ttl: undefined, shared };
  const millis = Number(count) * unitMillis[unit as keyof typeof unitMillis]; // the pattern lets only these through
  return { ttl: millis > 0 && millis <= longest ? millis : undefined, shared };
}
