// One call as an HTTP request: where each field of the input goes.

import { inputInQuery, sendsMany } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { fillPath } from "../../contract/route.ts";
import { appError } from "../../core/catalogue.ts";
import type { CallRequest } from "../../pipeline/call.ts";
import { idempotencyKeyName } from "../../pipeline/steps/idempotency.ts";
import { credentialText, idempotencyKeyText } from "../header-text.ts";
import { jsonOf } from "./frames.ts";
import { inBrowser } from "./platform.ts";

/** What `fetch` takes; the body of items is not in it. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** The media type of a stream's lines. */
export const ndjson = "application/x-ndjson";

/**
 * Path parameters fill the path; the rest is the query string of GET and DELETE and of what takes items, the JSON body of
 * other methods. An input that has a path or a query string must have passed its contract. Throws AppError
 * VALIDATION_FAILED or CREDENTIAL_INVALID for what no request can carry.
 */
export function httpRequestFrom(base: string, request: CallRequest, secret: string | undefined): HttpRequest {
  const { operation } = request;
  const { method, path, params } = operation.route;
  const input = isObject(request.input) ? request.input : {};
  const rest = Object.entries(input).filter(([name, value]) => !params.includes(name) && value !== undefined);
  const inQuery = inputInQuery(operation);
  const query = inQuery ? queryString(rest) : "";
  refuseDots(params, input);
  return {
    url: `${base.replace(/\/+$/, "")}${fillPath(path, input)}${query === "" ? "" : `?${query}`}`,
    method,
    headers: headersOf(operation, request, secret, inQuery),
    body: inQuery ? null : jsonOf(isObject(request.input) ? Object.fromEntries(rest) : request.input),
  };
}

/** A URL drops such segments, also percent-encoded ones, and so would name another route. */
function refuseDots(params: readonly string[], input: Readonly<Record<string, unknown>>): void {
  const violations = params
    .filter((name) => input[name] === "." || input[name] === "..")
    .map((path) => ({ path, message: "Cannot be carried in the path of a URL", rule: "invalid_format" }));
  if (violations.length > 0) throw appError("VALIDATION_FAILED", { violations });
}

function queryString(fields: readonly (readonly [string, unknown])[]): string {
  const pairs = fields.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item): [string, string] => [name, String(item)]),
  );
  return new URLSearchParams(pairs).toString();
}

function headersOf(
  { service, contract }: RegisteredOperation,
  request: CallRequest,
  secret: string | undefined,
  inQuery: boolean,
): Record<string, string> {
  const { requestId, traceparent, tracestate, timeout } = request;
  const key = idempotencyKeyText(request);
  return {
    accept: sendsMany(contract) ? ndjson : "application/json",
    ...(inBrowser ? {} : { "user-agent": `trivium-client (${service.name})` }),
    ...(contract.kind === "clientStream"
      ? { "content-type": ndjson }
      : inQuery
        ? {}
        : { "content-type": "application/json" }),
    ...(requestId === undefined ? {} : { "x-request-id": requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(key === undefined ? {} : { [idempotencyKeyName]: key }),
    ...(timeout === undefined ? {} : { "request-timeout": String(Math.ceil(timeout) / 1000) }),
    ...identityHeaders(request, secret),
  };
}

/** The owner's secret goes along with any credential: it also tells the owner that this is the command line. */
function identityHeaders({ credential }: CallRequest, secret: string | undefined): Record<string, string> {
  const local = secret === undefined ? {} : { "x-trivium-local": secret };
  if (credential === undefined) return local;
  if (credential.kind === "bearer") return { ...local, authorization: `Bearer ${credentialText(credential.token)}` };
  if (secret === undefined)
    throw appError("CREDENTIAL_INVALID", { message: "Only the owner of the data may act as a user without a token" });
  return credential.userId === undefined ? local : { ...local, "x-trivium-as": credentialText(credential.userId) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
