// Client streams over HTTP: the body is the items, line by line; the answer is that of a unary call.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { isAppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import { type CallSettings, outcomeWriter, type RouteHandler } from "../call.ts";
import { announcesBody } from "../call-request.ts";
import { acceptsJson } from "../headers/accept.ts";
import { exemptFromTimeout } from "../listener.ts";
import { BodyItems } from "./body-items.ts";
import { dropRest } from "./body-rest.ts";
import { type StreamCallRequest, streamRequestReader } from "./stream-request.ts";

/** The media types of a body of lines. */
const lineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"] as const;

const lines = /^application\/(?:x-ndjson|ndjson|jsonl)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * Makes the handler of a client stream. Once the handler has answered, what the client still sends is dropped.
 * `lineLimit`: bytes of one item.
 */
export function clientStreamHandler(
  operation: RegisteredOperation,
  settings: CallSettings,
  lineLimit: number,
): RouteHandler {
  const { caller, responder } = settings;
  const read = streamRequestReader(operation, settings);
  const answer = outcomeWriter(operation, responder);
  return (request, reply) => {
    const { raw } = request;
    let call: StreamCallRequest;
    try {
      assertTypes(request);
      call = read(request, reply);
    } catch (refused) {
      dropRest(raw);
      const isType = isAppError(refused) && refused.reason === "UNSUPPORTED_MEDIA_TYPE";
      return responder.refuse(request, reply, refused, isType ? ["accept", lineTypes.join(", ")] : []);
    }
    exemptFromTimeout(raw);
    call.items = new BodyItems(raw, lineLimit);
    leaveWith(call, reply);
    void caller.run(call).then((outcome) => {
      dropRest(raw);
      answer(request, reply, outcome);
    });
  };
}

function leaveWith(call: StreamCallRequest, { raw: response }: FastifyReply): void {
  response.once("close", () => {
    if (!response.writableFinished) call.leave();
  });
}

function assertTypes({ raw }: FastifyRequest): void {
  const { accept, "content-type": type, "content-encoding": coding } = raw.headers;
  if (accept !== undefined && !acceptsJson(accept)) throw appError("NOT_ACCEPTABLE");
  if (!announcesBody(raw) && type === undefined) return; // no items
  if (!lines.test(type ?? ""))
    throw appError("UNSUPPORTED_MEDIA_TYPE", { message: "The items are lines of application/x-ndjson" });
  if (coding !== undefined && coding !== "identity")
    throw appError("UNSUPPORTED_MEDIA_TYPE", { message: "The body's content coding is not supported" });
}
