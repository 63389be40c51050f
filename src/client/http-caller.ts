// Calls operations of a running server over HTTP: the command line's way to a server, and the ground of the client.

import { isAppError } from "../core/app-error.ts";
import { appError, toAppError } from "../core/catalogue.ts";
import { uuidv7 } from "../core/ids.ts";
import { errorFromProblem } from "../core/problem.ts";
import type { Caller, CallRequest, Outcome } from "../pipeline/call.ts";
import { inputParser } from "../pipeline/validate.ts";
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

/**
 * Calls over HTTP. The outcome is the server's own: a problem object becomes the same AppError that was thrown there,
 * any other answer (a proxy's page) the code of its status. UNREACHABLE where no answer came.
 */
export function createHttpCaller(options: HttpCallerOptions): Caller {
  return {
    async run(request) {
      const requestId = request.requestId ?? uuidv7();
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
  const deadline = AbortSignal.timeout(request.timeout ?? options.timeout ?? 30_000);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  const response = await answerOf(
    url,
    { method: init.method, headers: init.headers, body: init.body ?? null, signal },
    request.signal,
  );
  const requestId = response.headers.get("x-request-id") ?? request.requestId;
  const body = await bodyOf(response);
  if (response.ok) return { ok: true, requestId, value: body };
  const retryAfter = Number(response.headers.get("retry-after"));
  return {
    ok: false,
    requestId,
    error: errorFromProblem(response.status, body, retryAfter > 0 ? retryAfter : undefined),
  };
}

async function answerOf(url: string, init: RequestInit, caller: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: "manual" });
  } catch (cause) {
    if (caller?.aborted === true) throw isAppError(caller.reason) ? caller.reason : appError("CANCELLED", { cause });
    if (init.signal?.aborted === true) throw appError("DEADLINE_EXCEEDED", { cause });
    throw appError("UNREACHABLE", { message: `The server at ${new URL(url).origin} cannot be reached`, cause });
  }
}

/** JSON as a value, nothing as undefined, any other text as itself. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
