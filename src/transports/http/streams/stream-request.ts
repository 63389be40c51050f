// A stream's request as a call for the pipeline: as a unary one, and with both of its ends.

import type { FastifyReply, FastifyRequest } from "fastify";
import { inputInQuery } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { textFieldFrom } from "../../../contract/text-field.ts";
import type { AppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import type { CallRequest } from "../../../pipeline/call.ts";
import type { CallSettings } from "../call.ts";
import { addressOf, announcesBody, HttpCallRequest, inputOrRefusal, readInput } from "../call-request.ts";
import { bodyNotTaken, inputDecoder, type RawInput } from "../codec.ts";
import { type IdentityReader, requestIdOf, single } from "../headers/identity.ts";

/** A stream's call. Its ends are set before it is run. */
export class StreamCallRequest extends HttpCallRequest {
  /** Known before the call ends: it stands in the answer's head. */
  override readonly requestId: string;
  items: CallRequest["items"];
  send: CallRequest["send"];
  onOpen: CallRequest["onOpen"];
  #gone: (() => void) | undefined;
  #isLeft = false;

  constructor(
    operation: RegisteredOperation,
    input: RawInput | AppError,
    { raw }: FastifyRequest,
    reply: FastifyReply,
    identity: IdentityReader,
    address: string | undefined,
  ) {
    super(operation, input, raw, reply.raw, identity, address);
    this.requestId = requestIdOf(raw.headers);
  }

  override onGone(gone: () => void): void {
    this.#gone = gone;
    if (this.#isLeft) gone();
  }

  /** Tells the call that nobody waits for it any more. Idempotent. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#gone?.();
  }
}

/** Makes the call of a request. Throws AppError for what never becomes one. */
export type StreamRequestReader = (
  request: FastifyRequest,
  reply: FastifyReply,
  identity?: IdentityReader,
) => StreamCallRequest;

/** Makes the reader of a stream's requests. The body of a client stream is not looked at. */
export function streamRequestReader(operation: RegisteredOperation, settings: CallSettings): StreamRequestReader {
  const { responder, behindProxies } = settings;
  const decode = inputDecoder(operation);
  const bodyless = inputInQuery(operation) && operation.contract.kind !== "clientStream";
  const resume = resumption(operation);
  return (request, reply, identity = settings.identity) => {
    // It would outlast the server: those that run are being ended.
    if (responder.draining) throw appError("SHUTTING_DOWN");
    const input = inputOrRefusal(() => {
      if (bodyless && announcesBody(request.raw)) throw bodyNotTaken();
      const read = readInput(request, decode);
      resume?.(read, request);
      return read;
    });
    return new StreamCallRequest(operation, input, request, reply, identity, addressOf(request, behindProxies));
  };
}

/**
 * `Last-Event-ID` is the field `after` of an input that has one. It wins over the query string: a browser that connects
 * again sends the URL that it began with, and beside it how far it came.
 */
function resumption({
  contract,
}: RegisteredOperation): ((input: RawInput, request: FastifyRequest) => void) | undefined {
  const { after } = contract.input.shape;
  const field = after === undefined || contract.kind !== "serverStream" ? undefined : textFieldFrom(after);
  if (field === undefined || typeof field === "string") return undefined;
  return (input, { raw }) => {
    const last = single(raw.headers["last-event-id"]);
    if (last !== undefined && last !== "") input.after = field.convert(last);
  };
}
