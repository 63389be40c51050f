// Errors on the HTTP road: an AppError becomes a problem object (RFC 9457), a status and the headers that belong to it.

import type { AppError } from "../../core/app-error.ts";
import { problemFromError } from "../../core/problem.ts";

/** An error in its HTTP form. */
export interface ErrorAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * The HTTP form of an error. `conditional`: the request named its version by If-Match, so that a conflict is the failed
 * precondition of the request (412) and not a conflict with the resource's state (409). Never holds cause or stack.
 */
export function answerFromError(error: AppError, requestId: string, conditional = false): ErrorAnswer {
  const problem = problemFromError(error, requestId);
  const status = conditional && error.reason === "VERSION_CONFLICT" ? 412 : problem.status;
  const headers = ["content-type", "application/problem+json", "cache-control", "no-store"];
  if (status === 401) headers.push("www-authenticate", challenge(error));
  if (error.retryAfter !== undefined) headers.push("retry-after", String(Math.max(1, Math.ceil(error.retryAfter))));
  return { status, headers, body: JSON.stringify(status === problem.status ? problem : { ...problem, status }) };
}

/** What to show next time (RFC 6750, section 3): no error code where no credential was sent. */
function challenge(error: AppError): string {
  if (error.reason === "CREDENTIAL_MISSING") return "Bearer";
  const expired = error.reason === "CREDENTIAL_EXPIRED";
  return `Bearer error="invalid_token", error_description="The credential ${expired ? "has expired" : "is not valid"}"`;
}
