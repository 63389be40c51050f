// One stream: its metadata and messages made into a call for the pipeline, and what that sends and how it ends into
// answers and a status. Stands on the library's pulled calls, not on its streams, which read ahead by themselves.

import { Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { sendsMany, takesMany } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import type { AppError } from "../../../core/app-error.ts";
import { appError, toAppError } from "../../../core/catalogue.ts";
import type { CallRequest, Outcome } from "../../../pipeline/call.ts";
import type { LimitNote } from "../../../pipeline/limit-note.ts";
import { type CallSettings, decodedOrRefusal } from "../call.ts";
import type { Codec } from "../codec.ts";
import { requestIdKey, statusFromError } from "../error-map.ts";
import {
  addRateLimit,
  addressFromPeer,
  idempotencyKeyOf,
  leavesEarly,
  requestIdFrom,
  textOf,
  timeoutUntil,
} from "../metadata.ts";
import { type PartialStatus, refusalOf } from "../refusals.ts";
import { ClientMessages } from "./client-messages.ts";
import { endedAmidMessage, whenReallyEnded } from "./half-close.ts";
import { ServerAnswers, slowAfter } from "./server-answers.ts";

/** A stream's operation with the codecs of its messages. */
export interface StreamMethod {
  readonly operation: RegisteredOperation;
  /** Client and bidi streams: of what opens it, or an item. */
  readonly input: Codec;
  readonly output: Codec;
}

/** What a stream needs of its server. */
export interface StreamSettings extends CallSettings {
  /** Milliseconds that a client may leave its answers unread; `slowAfter` by default. */
  readonly patience?: number | undefined;
}

type WireCall = ServerInterceptingCallInterface;
type Listener = Parameters<WireCall["start"]>[0];

/** Serves one stream of a method. Never throws. */
export function serveStream(call: WireCall, method: StreamMethod, settings: StreamSettings): void {
  call.start(new StreamExchange(call, method, settings));
}

class StreamExchange implements Listener {
  readonly #call: WireCall;
  readonly #method: StreamMethod;
  readonly #settings: StreamSettings;
  readonly #answers: ServerAnswers;
  readonly #messages: ClientMessages | undefined;
  readonly #sendStatus: (given: PartialStatus) => void;
  #metadata = new Metadata();
  #request: Buffer | undefined;
  #requestId = "";
  #isOpen = false;
  #isOver = false;
  /** Why the library has refused the rest of the stream. */
  #refusal: AppError | undefined;
  #gone: (() => void) | undefined;

  constructor(call: WireCall, method: StreamMethod, settings: StreamSettings) {
    this.#call = call;
    this.#method = method;
    this.#settings = settings;
    this.#answers = new ServerAnswers((bytes, sent) => call.sendMessage(bytes, sent), settings.patience ?? slowAfter);
    if (takesMany(method.operation.contract)) this.#messages = new ClientMessages(method.input, () => call.startRead());
    this.#sendStatus = call.sendStatus.bind(call);
    // What the library refuses (a message over the limit, the deadline) goes past us, and ends the call all the same.
    call.sendStatus = (given) => {
      this.#refusal ??= refusalOf(given);
      if (this.#refusal !== undefined) this.#breakOff(this.#refusal);
      this.#sendStatus(given);
    };
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.#requestId = requestIdFrom(metadata);
    metadata.set(requestIdKey, this.#requestId); // also for what the library may still refuse
    this.#call.startRead();
    if (this.#messages !== undefined) this.#run(this.#messages.opening);
  }

  onReceiveMessage(message: Buffer): void {
    if (this.#messages !== undefined) this.#messages.received(message);
    else if (this.#request !== undefined) this.#refuseCount();
    else {
      this.#request = message;
      this.#call.startRead();
    }
  }

  onReceiveHalfClose(): void {
    const messages = this.#messages;
    if (messages !== undefined) whenReallyEnded(this.#metadata, () => this.#ended(messages));
    else if (this.#request === undefined) this.#refuseCount();
    else this.#run(decodedOrRefusal(this.#method.input, this.#request));
  }

  #ended(messages: ClientMessages): void {
    if (endedAmidMessage(this.#call))
      messages.broken(appError("MALFORMED_MESSAGE", { message: "The stream ended amid a message" }));
    else messages.halfClosed();
  }

  /** Also told after the end. */
  onCancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isEarly = leavesEarly(this.#call.getDeadline());
    const error = this.#refusal ?? appError(isEarly ? "CANCELLED" : "DEADLINE_EXCEEDED");
    // The pipeline keeps the deadline itself. What the library refuses comes to the handler by its items first, so that
    // the call ends with that reason.
    if (error.code === "CANCELLED") this.#gone?.();
    else if (error.code !== "DEADLINE_EXCEEDED") setImmediate(() => this.#gone?.());
    this.#breakOff(error);
  }

  #breakOff(error: AppError): void {
    this.#messages?.broken(error);
    this.#answers.broken(error);
  }

  #refuseCount(): void {
    this.#isOver = true;
    this.#sendStatus({ code: status.UNIMPLEMENTED, details: "not one request message" });
  }

  #run(input: unknown): void {
    const { caller } = this.#settings;
    let request: CallRequest;
    try {
      request = this.#callRequest(input);
    } catch (refused) {
      this.#end({ ok: false, requestId: this.#requestId, error: toAppError(refused) });
      return;
    }
    void caller.run(request).then((outcome) => this.#end(outcome));
  }

  #callRequest(input: unknown): CallRequest {
    const { operation, output } = this.#method;
    const metadata = this.#metadata;
    const { credential, road } = this.#settings.identity(metadata);
    return {
      ...{ operation, road, input, credential, requestId: this.#requestId },
      items: this.#messages,
      send: sendsMany(operation.contract) ? (answer) => this.#answers.send(output.encode(answer)) : undefined,
      onOpen: (limits) => this.#open(limits),
      traceparent: textOf(metadata, "traceparent"),
      tracestate: textOf(metadata, "tracestate"),
      idempotencyKey: idempotencyKeyOf(metadata),
      timeout: timeoutUntil(this.#call.getDeadline()),
      address: addressFromPeer(this.#call.getPeer()),
      onGone: (gone) => {
        this.#gone = gone;
      },
    };
  }

  /** Tells the client that its stream is open, however long the first answer takes. */
  #open(limits: LimitNote | undefined): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const metadata = new Metadata();
    metadata.set(requestIdKey, this.#requestId);
    addRateLimit(metadata, limits);
    this.#call.sendMetadata(metadata);
  }

  #end(outcome: Outcome): void {
    this.#gone = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    const error = outcome.ok ? this.#lastAnswer(outcome) : outcome.error;
    if (error === undefined) this.#sendStatus({ code: status.OK, details: "" });
    else this.#sendStatus(this.#statusOf(error, outcome.limits));
  }

  #lastAnswer({ value, limits }: Extract<Outcome, { ok: true }>): AppError | undefined {
    this.#open(limits);
    const { operation, output } = this.#method;
    if (sendsMany(operation.contract)) return undefined;
    try {
      this.#call.sendMessage(output.encode(value), () => undefined);
      return undefined;
    } catch (thrown) {
      return toAppError(thrown);
    }
  }

  #statusOf(error: AppError, limits: LimitNote | undefined): PartialStatus {
    const { code, details, metadata } = statusFromError(error, this.#settings.domain, this.#requestId);
    if (!this.#isOpen) addRateLimit(metadata, limits);
    return { code, details, metadata };
  }
}
