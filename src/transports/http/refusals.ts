// What no operation answers: unknown routes and methods, OPTIONS, broken URLs and requests that are not HTTP at all.

import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { type Method, methods as served } from "../../contract/route.ts";
import type { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import { answerFromError } from "./error-map.ts";
import type { CorsPolicy } from "./headers/cors.ts";
import { requestIdOf } from "./headers/identity.ts";
import { apiSecurity, pathOf, type Responder } from "./responder.ts";

/** A path of the server with the methods that it has. */
interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Tells which methods a path has. */
export type AllowFinder = (path: string) => string | undefined;

/** Makes the finder over the operations' routes and the server's own pages, which have GET. */
export function allowFinder(operations: readonly RegisteredOperation[], pages: readonly string[]): AllowFinder {
  const known = new Map<string, KnownPath>();
  const add = (path: string, method: string): void => {
    const shape = path.replaceAll(/\{[^}]+\}/g, "{}");
    const entry = known.get(shape) ?? { pattern: patternOf(shape), methods: new Set() };
    entry.methods.add(method);
    known.set(shape, entry);
  };
  for (const { route } of operations) add(route.path, route.method);
  for (const path of pages) add(path, "GET");
  return (path) => {
    // A path without parameters is a resource of its own, also where it looks like another's parameter.
    const matching = [...known.values()].filter(({ pattern }) => pattern.test(path));
    const found = known.get(path)?.methods ?? new Set(matching.flatMap((p) => [...p.methods]));
    if (found.size === 0) return undefined;
    const all = served.filter((method) => found.has(method)).flatMap((m) => (m === "GET" ? ["GET", "HEAD"] : [m]));
    return [...all, "OPTIONS"].join(", ");
  };
}

/**
 * Methods that a path without parameters does not have, but a path with one that it looks like does: `PATCH
 * /messages/search` beside `PATCH /messages/{id}`. Left to the router they would be the other's.
 */
export function shadowedRoutes(operations: readonly RegisteredOperation[]): { method: Method; path: string }[] {
  const shapes = operations.map(({ route }) => ({
    ...route,
    pattern: patternOf(route.path.replaceAll(/\{[^}]+\}/g, "{}")),
  }));
  const fixed = [...new Set(shapes.filter(({ params }) => params.length === 0).map(({ path }) => path))];
  return fixed.flatMap((path) => {
    const own = new Set(shapes.filter((route) => route.path === path).map(({ method }) => method));
    const others = shapes.filter(({ method, pattern }) => !own.has(method) && pattern.test(path));
    return [...new Set(others.map(({ method }) => method))].map((method) => ({ method, path }));
  });
}

function patternOf(shape: string): RegExp {
  const literal = shape.split("{}").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join("[^/]+")}$`);
}

/** Answers requests that matched no route, before their body is read. */
export function unroutedHandler(
  responder: Responder,
  allowOf: AllowFinder,
  cors: CorsPolicy | undefined,
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const path = pathOf(request.raw.url);
    const allow = path === "*" ? [...served, "HEAD", "OPTIONS"].join(", ") : allowOf(path);
    if (allow === undefined) return responder.refuse(request, reply, appError("ROUTE_NOT_FOUND"));
    if (request.method !== "OPTIONS")
      return responder.refuse(request, reply, appError("METHOD_NOT_ALLOWED"), ["allow", allow]);
    const headers = ["allow", allow, ...(cors?.preflight(request.headers, allow) ?? []), ...apiSecurity];
    responder.send(request, reply, {
      status: 204,
      requestId: requestIdOf(request.headers),
      headers,
      body: undefined,
    });
  };
}

/** The error of bytes that Node's parser refused, or that did not come in time. */
export function errorFromParser(code: string | undefined): AppError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return appError("DEADLINE_EXCEEDED", { message: "The request did not arrive in time", httpStatus: 408 });
  if (code === "HPE_HEADER_OVERFLOW")
    return appError("MALFORMED_REQUEST", { message: "The request's headers are too large", httpStatus: 431 });
  return appError("MALFORMED_REQUEST");
}

/** Answers on a bare connection and closes it: there is no request to answer, or none that can be trusted. */
export function refuseOnSocket(socket: Socket, error: AppError): void {
  const { status, headers, body } = bareAnswer(error);
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Answers a request that must not come as far as the router, and closes the connection. */
export function refuseOnResponse(response: ServerResponse, error: AppError): void {
  const { status, headers, body } = bareAnswer(error);
  response.writeHead(status, headers).end(body);
}

function bareAnswer(error: AppError): { readonly status: number; readonly headers: string[]; readonly body: string } {
  const requestId = uuidv7();
  const { status, headers, body } = answerFromError(error, requestId);
  const length = String(Buffer.byteLength(body));
  const own = ["x-request-id", requestId, "content-length", length, "connection", "close"];
  return { status, headers: [...headers, ...apiSecurity, ...own], body };
}
