// What an operation that will go away says with every answer: Deprecation (RFC 9745) and Sunset (RFC 8594).

import type { Deprecation } from "../../../contract/operation.ts";

/** Names and values in turn; empty for an operation that stays. Dates without a time are midnight UTC. */
export function deprecationHeaders(deprecated: Deprecation | undefined): string[] {
  if (deprecated === undefined) return [];
  const headers = ["deprecation", `@${Math.floor(Date.parse(deprecated.since) / 1000)}`];
  if (deprecated.sunset !== undefined) headers.push("sunset", new Date(deprecated.sunset).toUTCString());
  return headers;
}
