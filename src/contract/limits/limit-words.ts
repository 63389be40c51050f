// Limits in words, as people read them: in OpenAPI, on the page of limits.

import type { LimitRule, Quota } from "./limit.ts";
import { periodInWords } from "./rate.ts";

/** `60 calls per minute for each user, or for each address where nobody is signed in`. */
export function limitInWords({ quotas, by, secure }: LimitRule): string {
  const whom = `for ${whomInWords(by)}`;
  const [only] = quotas;
  const rates =
    quotas.length === 1 && only !== undefined && only.policy === undefined
      ? `${quotaInWords(only)} ${whom}`
      : `${whom}, by policy: ${quotas.map((quota) => `${quota.policy}: ${quotaInWords(quota)}`).join("; ")}`;
  return secure ? `${rates}; refused while calls cannot be counted` : rates;
}

/** `60 calls per minute`, with its burst where that is another number. */
export function quotaInWords({ calls, period, burst }: Quota): string {
  const rate = `${callsInWords(calls)} per ${periodInWords(period)}`;
  return burst === calls ? rate : `${rate}, ${burst} at once`;
}

function callsInWords(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

function whomInWords(by: LimitRule["by"]): string {
  if (by === undefined) return "each user, or each address where nobody is signed in";
  if (typeof by === "object") return `each value of ${by.input}`;
  return `each ${by}`;
}
