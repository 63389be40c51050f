// Cross-origin access by browsers: closed unless configured, and never with the browser's own credentials.

import type { IncomingHttpHeaders } from "node:http";
import type { CorsOptions } from "../options.ts";

const exposed =
  "deprecation, etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, sunset, x-request-id";
const allowed =
  "accept, authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, request-timeout, traceparent, tracestate, x-request-id";

/** Which origins may read answers. */
export interface CorsPolicy {
  /** Whether pages of an origin are let in. */
  lets(origin: string | undefined): boolean;
  /** Adds what an answer says about the origin; for an origin that is not let in only that answers differ by it. */
  addTo(headers: string[], origin: string | undefined): void;
  /** The answer's headers to a preflight; undefined where the request is none or the origin is not let in. */
  preflight(headers: IncomingHttpHeaders, allow: string): readonly string[] | undefined;
}

/** Makes the policy; undefined for closed. */
export function corsPolicy(options: CorsOptions | undefined): CorsPolicy | undefined {
  if (options === undefined) return undefined;
  const { origins } = options;
  const lets = (origin: string | undefined): origin is string =>
    origin !== undefined && (origins === "*" || origins.includes(origin));
  return {
    lets,
    addTo(headers, origin) {
      if (origins === "*") headers.push("access-control-allow-origin", "*");
      else {
        headers.push("vary", "Origin");
        if (!lets(origin)) return;
        headers.push("access-control-allow-origin", origin);
      }
      headers.push("access-control-expose-headers", exposed);
    },
    preflight(headers, allow) {
      if (headers["access-control-request-method"] === undefined || !lets(headers.origin)) return undefined;
      return [
        "access-control-allow-methods",
        allow,
        "access-control-allow-headers",
        allowed,
        "access-control-max-age",
        "600",
      ];
    },
  };
}
