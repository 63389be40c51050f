// One call as an HTTP request: where each field of the input goes.

import type { RegisteredOperation } from "../contract/registry.ts";
import { fillPath } from "../contract/route.ts";
import type { CallRequest } from "../pipeline/call.ts";

/** What `fetch` takes. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Path parameters fill the path; the rest is the query string of GET and DELETE, the JSON body of other methods. */
export function httpRequestFrom(base: string, request: CallRequest, secret: string | undefined): HttpRequest {
  const { operation } = request;
  const { method, path, params } = operation.route;
  const input = isObject(request.input) ? request.input : {};
  const rest = Object.entries(input).filter(([name, value]) => !params.includes(name) && value !== undefined);
  const inQuery = takesQuery(operation);
  const query = inQuery ? queryString(rest) : "";
  return {
    url: `${base.replace(/\/+$/, "")}${fillPath(path, input)}${query === "" ? "" : `?${query}`}`,
    method,
    headers: headersOf(operation, request, secret, inQuery),
    body: inQuery ? undefined : JSON.stringify(Object.fromEntries(rest)),
  };
}

/** Whether what is not in the path goes into the query string; else into the body. */
export function takesQuery({ route }: RegisteredOperation): boolean {
  return route.method === "GET" || route.method === "DELETE";
}

function queryString(fields: readonly (readonly [string, unknown])[]): string {
  const pairs = fields.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item): [string, string] => [name, String(item)]),
  );
  return new URLSearchParams(pairs).toString();
}

function headersOf(
  { service }: RegisteredOperation,
  request: CallRequest,
  secret: string | undefined,
  inQuery: boolean,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": `trivium-client (${service.name})`,
  };
  if (!inQuery) headers["content-type"] = "application/json";
  if (request.requestId !== undefined) headers["x-request-id"] = request.requestId;
  if (request.traceparent !== undefined) headers.traceparent = request.traceparent;
  if (request.timeout !== undefined) headers["request-timeout"] = String(request.timeout / 1000);
  const { credential } = request;
  if (credential?.kind === "bearer") headers.authorization = `Bearer ${credential.token}`;
  if (secret !== undefined) headers["x-trivium-local"] = secret;
  if (credential?.kind === "local" && credential.userId !== undefined) headers["x-trivium-as"] = credential.userId;
  return headers;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
