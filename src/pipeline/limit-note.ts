// What a caller is told about limits with the answer to a call: made by the step, written by the roads.

/** The limits that a call was counted against. */
export interface LimitNote {
  readonly policies: readonly StatedPolicy[];
  /** The one that leaves the fewest calls. */
  readonly tightest: RemainingCalls;
}

/** A limit as it is stated: `quota` calls in every `window` seconds. */
export interface StatedPolicy {
  readonly name: string;
  readonly quota: number;
  readonly window: number;
}

/** What is left of a limit: calls that would be admitted now, and the seconds until all of it is there again. */
export interface RemainingCalls {
  readonly name: string;
  readonly remaining: number;
  readonly reset: number;
}

/** The header fields of the same names, in gRPC metadata too. */
export interface RateLimitFields {
  /** `"messages.post";r=59;t=1` */
  readonly rateLimit: string;
  /** `"messages.post";q=60;w=60` */
  readonly rateLimitPolicy: string;
}

/** The notes of two limits asked one after the other. */
export function joinNotes(first: LimitNote | undefined, second: LimitNote): LimitNote {
  if (first === undefined) return second;
  const [one, other] = [first.tightest, second.tightest];
  // In doubt the later one: if a limit refused the call, it is that.
  return { policies: [...first.policies, ...second.policies], tightest: one.remaining < other.remaining ? one : other };
}

/** The fields as structured field values (RFC 9651) of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimitFields({ policies, tightest }: LimitNote): RateLimitFields {
  return {
    rateLimit: `"${tightest.name}";r=${tightest.remaining};t=${tightest.reset}`,
    rateLimitPolicy: policies.map(({ name, quota, window }) => `"${name}";q=${quota};w=${window}`).join(", "),
  };
}
