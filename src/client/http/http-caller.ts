// Calls operations of a running server over HTTP: the command line's way to a server, and the client's in a browser.

import { inputInQuery } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { toAppError } from "../../core/catalogue.ts";
import type { Caller, Outcome } from "../../pipeline/call.ts";
import { type InputParser, inputParser } from "../../pipeline/steps/validate.ts";
import { randomId } from "../calls/random-id.ts";
import { exchange, type HttpCall, outcomeOf } from "./exchange.ts";
import { type HttpRequest, httpRequestFrom } from "./http-request.ts";
import { itemBody } from "./item-body.ts";
import { readStream } from "./line-stream.ts";
import { talk } from "./talk.ts";

/** Where the server is, and how to be let in. */
export interface HttpCallerOptions {
  /** Base URL: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The secret that the owner of a data folder keeps beside it: lets `local` credentials act. */
  readonly localSecret?: string | undefined;
  /** Milliseconds for a request that says nothing and is no stream; 30,000 by default. */
  readonly timeout?: number;
}

const visibleAscii = /^[\x21-\x7e]{1,128}$/;

/**
 * Calls over HTTP, streams too: lines of NDJSON, and a WebSocket where both sides send. The outcome is the server's own: a
 * problem object becomes the same AppError that was thrown there, any other answer (a proxy's page) the code of its
 * status. UNREACHABLE where no answer came, and where a stream broke off without its end; redirects are not followed, so
 * that a credential goes to no other server.
 */
export function createHttpCaller(options: HttpCallerOptions): Caller {
  const parsers = new WeakMap<RegisteredOperation, InputParser>();
  function check({ operation, input }: HttpCall): void {
    // A path and a query string hold only text: whether a value had the right type can be told only here.
    if (!inputInQuery(operation) && operation.route.params.length === 0) return;
    const parse = parsers.get(operation) ?? inputParser(operation);
    parsers.set(operation, parse);
    parse(input);
  }
  return {
    async run(request) {
      const given = request.requestId;
      const requestId = given !== undefined && visibleAscii.test(given) ? given : randomId();
      const call = { ...request, requestId };
      try {
        check(call);
        return await runCall(call, httpRequestFrom(options.url, call, options.localSecret), options);
      } catch (thrown) {
        return { ok: false, requestId, error: toAppError(thrown) };
      } finally {
        request.items?.return?.().catch(() => undefined); // nobody reads on
      }
    },
  };
}

function runCall(call: HttpCall, request: HttpRequest, { timeout = 30_000 }: HttpCallerOptions): Promise<Outcome> {
  switch (call.operation.contract.kind) {
    case "serverStream":
      return readStream(call, request);
    case "bidiStream":
      return talk(call, request);
    case "clientStream":
      return askOnce(call, request, call.timeout);
    default:
      return askOnce(call, request, call.timeout ?? timeout);
  }
}

function askOnce(call: HttpCall, { url, ...init }: HttpRequest, timeout: number | undefined): Promise<Outcome> {
  return exchange(call, url, timeout, async (signal) => {
    const body = call.items === undefined ? init.body : await itemBody(call.items);
    const how = { signal: signal ?? null, redirect: "manual", duplex: "half" } as const;
    const response = await fetch(url, { ...init, ...how, body });
    return outcomeOf(call, response, await response.text());
  });
}
