// Calls operations of a running server over HTTP: the command line's way to a server, and the ground of the client.

import { isAppError } from "../../core/app-error.ts";
import { appError, toAppError } from "../../core/catalogue.ts";
import { errorFromProblem } from "../../core/problem.ts";
import type { Caller, CallRequest, Outcome } from "../../pipeline/call.ts";
import { inputParser } from "../../pipeline/steps/validate.ts";
import { httpRequestFrom, takesQuery } from "./http-request.ts";

/** Where the server is, and how to be let in. */
export interface HttpCallerOptions {
  /** Base URL: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The secret that the owner of a data folder keeps beside it: lets `local` credentials act. */
  readonly localSecret?: string | undefined;
  /** Milliseconds for a request that says nothing; 30,000 by default. */
  readonly timeout?: number;
}

/** Milliseconds that the server's own answer to a deadline is waited for: only the server knows what was done. */
const grace = 1000;

const visibleAscii = /^[\x21-\x7e]{1,128}$/;

/**
 * Calls over HTTP. The outcome is the server's own: a problem object becomes the same AppError that was thrown there,
 * any other answer (a proxy's page) the code of its status. UNREACHABLE where no answer came; redirects are not
 * followed, so that a credential goes to no other server.
 */
export function createHttpCaller(options: HttpCallerOptions): Caller {
  return {
    async run(request) {
      const given = request.requestId;
      const requestId = given !== undefined && visibleAscii.test(given) ? given : crypto.randomUUID();
      try {
        return await send(options, { ...request, requestId });
      } catch (thrown) {
        return { ok: false, requestId, error: toAppError(thrown) };
      }
    },
  };
}

async function send(options: HttpCallerOptions, request: CallRequest & { requestId: string }): Promise<Outcome> {
  const { operation, input } = request;
  // A path and a query string hold only text: whether a value had the right type can be told only here.
  if (takesQuery(operation) || operation.route.params.length > 0) inputParser(operation)(input);
  const { url, ...init } = httpRequestFrom(options.url, request, options.localSecret);
  const deadline = AbortSignal.timeout((request.timeout ?? options.timeout ?? 30_000) + grace);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  const { response, text } = await responseOf(url, { ...init, signal }, request.signal);
  const requestId = response.headers.get("x-request-id") ?? request.requestId;
  const body = jsonFrom(text);
  const isAnswer = operation.contract.output === undefined ? text === "" || body !== undefined : body !== undefined;
  const replayed = response.headers.get("idempotency-replayed") === "true" ? { replayed: true } : {};
  if (response.ok && isAnswer) return { ok: true, requestId, value: body, ...replayed };
  const retryAfter = Number(response.headers.get("retry-after"));
  const error = errorFromProblem(response.status, body, retryAfter > 0 ? retryAfter : undefined);
  return { ok: false, requestId, error };
}

async function responseOf(
  url: string,
  init: RequestInit,
  caller: AbortSignal | undefined,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual" });
    return { response, text: await response.text() };
  } catch (cause) {
    if (caller?.aborted === true) throw isAppError(caller.reason) ? caller.reason : appError("CANCELLED", { cause });
    if (init.signal?.aborted === true)
      throw appError("DEADLINE_EXCEEDED", { message: "The server did not answer within the deadline", cause });
    throw appError("UNREACHABLE", { message: `The server at ${new URL(url).origin} cannot be reached`, cause });
  }
}

/** What a body of JSON stands for; undefined for one that is empty or is no JSON. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
