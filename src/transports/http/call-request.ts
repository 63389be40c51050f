// What every request of this road hands to the pipeline: its input, and what its headers say of who calls.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import type { RegisteredOperation } from "../../contract/registry.ts";
import type { AppError } from "../../core/app-error.ts";
import { toAppError } from "../../core/catalogue.ts";
import type { CallRequest, Credential, Road } from "../../pipeline/call.ts";
import type { InputDecoder, RawInput } from "./codec.ts";
import { type IdentityReader, plainAddress, single, timeoutFromHeader } from "./headers/identity.ts";

/** A request as a call. Whether the client is still there costs nothing before somebody asks for it. */
export class HttpCallRequest implements CallRequest {
  readonly operation: RegisteredOperation;
  readonly road: Road;
  readonly input: unknown;
  readonly credential: Credential | undefined;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly timeout: number | undefined;
  readonly address: string | undefined;
  readonly #response: ServerResponse;

  constructor(
    operation: RegisteredOperation,
    input: RawInput | AppError,
    message: IncomingMessage,
    response: ServerResponse,
    identity: IdentityReader,
    address: string | undefined,
  ) {
    const { headers } = message;
    const { credential, road } = identity(headers);
    this.operation = operation;
    this.road = road;
    this.input = input;
    this.credential = credential;
    this.requestId = single(headers["x-request-id"]);
    this.traceparent = single(headers.traceparent);
    this.tracestate = single(headers.tracestate);
    this.idempotencyKey = single(headers["idempotency-key"]);
    this.timeout = timeoutFromHeader(headers["request-timeout"]);
    this.address = plainAddress(address);
    this.#response = response;
  }

  /** When the connection closes before the answer is out. */
  onGone(gone: () => void): void {
    const response = this.#response;
    if (response.destroyed) gone();
    else
      response.once("close", () => {
        if (!response.writableFinished) gone();
      });
  }
}

/** The client's address: as a trusted proxy says, where there is one. */
export function addressOf(request: FastifyRequest, behindProxies: boolean): string | undefined {
  const { remoteAddress } = request.raw.socket;
  return behindProxies ? (plainAddress(request.ip) ?? remoteAddress) : remoteAddress;
}

/** An input, or the error that says why there is none: for the pipeline to throw, after the credential is checked. */
export function inputOrRefusal(read: () => RawInput): RawInput | AppError {
  try {
    return read();
  } catch (thrown) {
    return toAppError(thrown);
  }
}

/** Whether a request says that it has a body. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined;
}

/** Reads the input of a request from its path, query string and body. Throws as the decoder does. */
export function readInput(request: FastifyRequest, decode: InputDecoder): RawInput {
  return decode({
    params: request.params as Record<string, string>, // the router's parameters are text by name
    query: request.query as string, // the server's own query parser leaves the text as it came
    body: request.body as Buffer | undefined, // the server's own body parser leaves the bytes as they came
  });
}
