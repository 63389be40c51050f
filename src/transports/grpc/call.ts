// One unary call: its metadata and message made into a call for the pipeline, and the outcome into an answer.
// The stream kinds of call stand in `streams/`.

import { type handleUnaryCall, Metadata, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import type { RegisteredOperation } from "../../contract/registry.ts";
import type { AppError } from "../../core/app-error.ts";
import { toAppError } from "../../core/catalogue.ts";
import type { Caller, CallRequest, Credential, Outcome, Road } from "../../pipeline/call.ts";
import type { Codec } from "./codec.ts";
import { requestIdKey, statusFromError } from "./error-map.ts";
import {
  addRateLimit,
  addressFromPeer,
  type IdentityReader,
  idempotencyKeyOf,
  leavesEarly,
  requestIdFrom,
  textOf,
  timeoutUntil,
} from "./metadata.ts";

/** What a handler needs of its server. */
export interface CallSettings {
  readonly caller: Caller;
  readonly identity: IdentityReader;
  /** The domain of the errors' reasons: the app's name. */
  readonly domain: string;
}

/** An operation with the codecs of its messages. */
export interface UnaryMethod {
  readonly operation: RegisteredOperation;
  readonly input: Codec;
  readonly output: Codec;
}

type UnaryCall = ServerUnaryCall<Buffer, Buffer>;

/**
 * Handles the unary calls of an operation. Messages come and go as bytes, so that what they cannot hold is answered in
 * the form of every other error. Never throws.
 */
export function unaryHandler(method: UnaryMethod, settings: CallSettings): handleUnaryCall<Buffer, Buffer> {
  const { caller, domain, identity } = settings;
  return (call, answer) => {
    let request: CallRequest;
    try {
      request = new GrpcCallRequest(method, call, identity);
    } catch (refused) {
      answer(statusFromError(toAppError(refused), domain, requestIdFrom(call.metadata)));
      return;
    }
    void caller.run(request).then((outcome) => respond(call, answer, outcome, method.output, domain));
  };
}

/** What a call hands to the pipeline. */
class GrpcCallRequest implements CallRequest {
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
  readonly #call: UnaryCall;

  constructor({ operation, input }: UnaryMethod, call: UnaryCall, identity: IdentityReader) {
    const { metadata, request } = call;
    const { credential, road } = identity(metadata);
    this.operation = operation;
    this.road = road;
    this.input = decodedOrRefusal(input, request);
    this.credential = credential;
    this.requestId = textOf(metadata, requestIdKey);
    this.traceparent = textOf(metadata, "traceparent");
    this.tracestate = textOf(metadata, "tracestate");
    this.idempotencyKey = idempotencyKeyOf(metadata);
    this.timeout = timeoutUntil(call.getDeadline());
    this.address = addressFromPeer(call.getPeer());
    this.#call = call;
  }

  /** The library also cancels at the deadline, which the pipeline keeps itself. */
  onGone(gone: () => void): void {
    const call = this.#call;
    if (call.cancelled) gone();
    else
      call.on("cancelled", () => {
        if (leavesEarly(call.getDeadline())) gone();
      });
  }
}

/** An input, or the error that says why there is none: for the pipeline to throw, after the credential is checked. */
export function decodedOrRefusal(input: Codec, request: Buffer): unknown {
  try {
    return input.decode(request);
  } catch (thrown) {
    return toAppError(thrown);
  }
}

function respond(
  call: UnaryCall,
  answer: sendUnaryData<Buffer>,
  outcome: Outcome,
  output: Codec,
  domain: string,
): void {
  const { requestId } = outcome;
  const message = outcome.ok ? encoded(output, outcome.value) : outcome.error;
  if (message instanceof Error) {
    const status = statusFromError(message, domain, requestId);
    addRateLimit(status.metadata, outcome.limits);
    answer(status);
  } else {
    const metadata = new Metadata();
    metadata.set(requestIdKey, requestId);
    addRateLimit(metadata, outcome.limits);
    if (outcome.ok && outcome.replayed) metadata.set("idempotency-replayed", "true");
    call.sendMetadata(metadata);
    answer(null, message);
  }
}

function encoded(output: Codec, value: unknown): Buffer | AppError {
  try {
    return output.encode(value);
  } catch (thrown) {
    return toAppError(thrown);
  }
}
