// What an answer says about limits: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers).

import { type LimitNote, rateLimitFields } from "../../../pipeline/limit-note.ts";

/** Adds names and values in turn; nothing for a call that was counted against no limit. */
export function addRateLimit(headers: string[], note: LimitNote | undefined): void {
  if (note === undefined) return;
  const { rateLimit, rateLimitPolicy } = rateLimitFields(note);
  headers.push("ratelimit-policy", rateLimitPolicy, "ratelimit", rateLimit);
}
