// One request of an operation: made into a call for the pipeline, and the call's outcome into an answer.

import type { FastifyReply, FastifyRequest } from "fastify";
import { inputInQuery } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { fillPath } from "../../contract/route.ts";
import { appError } from "../../core/catalogue.ts";
import type { Caller, CallRequest, Outcome } from "../../pipeline/call.ts";
import { addressOf, announcesBody, HttpCallRequest, inputOrRefusal, readInput } from "./call-request.ts";
import { bodyNotTaken, inputDecoder, type RawInput } from "./codec.ts";
import { acceptsJson } from "./headers/accept.ts";
import { deprecationHeaders } from "./headers/deprecation.ts";
import { namesTag, tagMaker, versionFromIfMatch } from "./headers/etag.ts";
import type { IdentityReader } from "./headers/identity.ts";
import { apiSecurity, codingFor, type Responder } from "./responder.ts";

type Success = Extract<Outcome, { ok: true }>;

/** What a handler needs of its server. */
export interface CallSettings {
  readonly caller: Caller;
  readonly responder: Responder;
  readonly identity: IdentityReader;
  readonly behindProxies: boolean;
}

/** Handles the requests of one route. */
export type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => void;

/** Makes the handler of an operation: all that can be known of it is worked out here, once. */
export function operationHandler(operation: RegisteredOperation, settings: CallSettings): RouteHandler {
  const { caller, responder } = settings;
  const read = requestReader(operation, settings);
  const answer = outcomeWriter(operation, responder);
  return (request, reply) => {
    let call: CallRequest;
    try {
      call = read(request, reply);
    } catch (refused) {
      return responder.refuse(request, reply, refused);
    }
    void caller.run(call).then((outcome) => answer(request, reply, outcome));
  };
}

function requestReader(
  operation: RegisteredOperation,
  { identity, behindProxies }: CallSettings,
): (request: FastifyRequest, reply: FastifyReply) => CallRequest {
  const decode = inputDecoder(operation);
  const bodyless = inputInQuery(operation);
  const isQuery = operation.contract.kind === "query";
  return (request, reply) => {
    const { raw } = request;
    const { accept } = raw.headers;
    if (accept !== undefined && !acceptsJson(accept)) throw appError("NOT_ACCEPTABLE");
    const ifMatch = isQuery ? undefined : raw.headers["if-match"];
    const input = inputOrRefusal(() => {
      if (bodyless && announcesBody(raw)) throw bodyNotTaken();
      const read = readInput(request, decode);
      if (ifMatch !== undefined) takeVersion(operation, read, ifMatch);
      return read;
    });
    return new HttpCallRequest(operation, input, raw, reply.raw, identity, addressOf(request, behindProxies));
  };
}

/** A version in If-Match is the input's field `version`. */
function takeVersion(operation: RegisteredOperation, input: RawInput, ifMatch: string): void {
  const version = versionFromIfMatch(ifMatch);
  if (version === undefined) return;
  const refuse = (message: string, rule: string): Error =>
    appError("VALIDATION_FAILED", { violations: [{ path: "version", message, rule }] });
  if (!operation.contract.versioned)
    throw refuse("This operation takes no version: leave If-Match out", "unknown_field");
  const given = Object.hasOwn(input, "version") ? input.version : undefined;
  if (given !== undefined && given !== version)
    throw refuse("Is given by If-Match and by the input, and they differ", "repeated");
  input.version = version;
}

/** Makes the writer of an operation's outcomes: the whole answer, or the problem object. */
export function outcomeWriter(
  operation: RegisteredOperation,
  responder: Responder,
): (request: FastifyRequest, reply: FastifyReply, outcome: Outcome) => void {
  const success = successWriter(operation, responder);
  return (request, reply, outcome) => {
    if (!outcome.ok) {
      const conditional = request.raw.headers["if-match"] !== undefined;
      return responder.sendError(request, reply, outcome.error, outcome, conditional);
    }
    try {
      success(request, reply, outcome);
    } catch (thrown) {
      responder.sendError(request, reply, appError("INTERNAL", { cause: thrown }), outcome, false);
    }
  };
}

function successWriter(
  { contract, route }: RegisteredOperation,
  responder: Responder,
): (request: FastifyRequest, reply: FastifyReply, outcome: Success) => void {
  const isQuery = contract.kind === "query";
  const tagOf = tagMaker(contract.output);
  const fixed = [
    ...["cache-control", isQuery ? "private, no-cache" : "no-store"],
    ...["vary", "Accept, Accept-Encoding, Authorization"],
    ...deprecationHeaders(contract.deprecated),
    ...apiSecurity,
  ];
  const typed = ["content-type", "application/json", ...fixed];
  return (request, reply, outcome) => {
    const { requestId, limits, replayed, encoded } = outcome;
    if (contract.output === undefined)
      return responder.send(request, reply, {
        status: 204,
        requestId,
        limits,
        replayed,
        headers: fixed,
        body: undefined,
      });
    const value = encoded ?? outcome.value;
    // What was kept in the cache leaves as the bytes that are there.
    const body = encoded === undefined ? JSON.stringify(value) : bodyFrom(encoded.json);
    const coding = codingFor(request.raw.headers, body);
    const tag = tagOf?.(value, coding);
    if (tag !== undefined && isQuery && isUnchanged(request, tag))
      return responder.send(request, reply, {
        status: 304,
        requestId,
        limits,
        headers: [...fixed, "etag", tag],
        body: undefined,
      });
    const headers = tag === undefined ? typed : [...typed, "etag", tag];
    const located =
      route.location === undefined ? headers : [...headers, "location", locationOf(route.location, outcome.value)];
    const { status } = route;
    responder.send(request, reply, { status, requestId, limits, replayed, headers: located, body, coding });
  };
}

function isUnchanged({ raw }: FastifyRequest, tag: string): boolean {
  const ifNoneMatch = raw.headers["if-none-match"];
  return ifNoneMatch !== undefined && namesTag(ifNoneMatch, tag);
}

function locationOf(location: string, value: unknown): string {
  return fillPath(location, value as Record<string, unknown>); // a location names fields of the output: it is an object
}

/** Bytes up to this many leave as text: Node writes a head and a text as one piece, a head and bytes as two. */
const textUpTo = 16 * 1024;

/** JSON that was kept, as it is written. Nothing of many bytes is copied. */
function bodyFrom(json: Uint8Array): string | Buffer {
  const bytes = Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  return bytes.length <= textUpTo ? bytes.toString() : bytes;
}
