// One request and its answer: the time it has, and what failed where there is no answer.

import type { AppError } from "../../core/app-error.ts";
import { isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { errorFromProblem } from "../../core/problem.ts";
import type { CallRequest, Outcome } from "../../pipeline/call.ts";
import { abortError } from "../calls/abort-error.ts";

/** A call with the id that it has on both sides. */
export type HttpCall = CallRequest & { readonly requestId: string };

/** Milliseconds that the server's own answer to a deadline is waited for: only the server knows what was done. */
const grace = 1000;

/** The longest that timers can wait; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Runs an exchange of a call under a signal that aborts with the caller's, and when `timeout` (milliseconds) is over:
 * DEADLINE_EXCEEDED. What has no name of its own is UNREACHABLE.
 */
export async function exchange<T>(
  { signal: caller }: CallRequest,
  url: string,
  timeout: number | undefined,
  run: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const deadline = timeout === undefined ? undefined : AbortSignal.timeout(Math.min(timeout + grace, longestTimer));
  const signals = [caller, deadline].filter((signal) => signal !== undefined);
  try {
    return await run(signals.length === 2 ? AbortSignal.any(signals) : signals[0]);
  } catch (thrown) {
    if (caller?.aborted === true) throw abortError(caller.reason);
    if (deadline?.aborted === true)
      throw appError("DEADLINE_EXCEEDED", {
        message: "The server did not answer within the deadline",
        cause: thrown,
      });
    throw named(thrown) ?? unreachable(url, thrown);
  }
}

/** The outcome of an answer that is whole, of any status. */
export function outcomeOf({ operation, requestId: own }: HttpCall, response: Response, text: string): Outcome {
  const requestId = response.headers.get("x-request-id") ?? own;
  const body = jsonFrom(text);
  const isAnswer = body !== undefined || (operation.contract.output === undefined && text === "");
  if (!response.ok || !isAnswer) return refusal(response, requestId, body);
  const replayed = response.headers.get("idempotency-replayed") === "true" ? { replayed: true } : {};
  return { ok: true, requestId, value: body, ...replayed };
}

/** The outcome of an answer that is not what was asked for. */
export function refusal(response: Response, requestId: string, body: unknown): Outcome {
  const retryAfter = Number(response.headers.get("retry-after"));
  // A browser shows nothing of a redirect that it does not follow.
  const status = response.type === "opaqueredirect" ? 302 : response.status;
  return { ok: false, requestId, error: errorFromProblem(status, body, retryAfter > 0 ? retryAfter : undefined) };
}

/** What a body of JSON stands for; undefined for one that is empty or is no JSON. */
export function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where nobody answered. */
export function unreachable(url: string, cause?: unknown): AppError {
  return appError("UNREACHABLE", { message: `The server at ${new URL(url).origin} cannot be reached`, cause });
}

/** The error that was meant: `fetch` wraps what a body of items threw. */
function named(thrown: unknown): AppError | undefined {
  if (isAppError(thrown)) return thrown;
  return thrown instanceof Error && isAppError(thrown.cause) ? thrown.cause : undefined;
}
