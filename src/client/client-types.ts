// What a client is by its types: for every operation of the contracts a function, by the operation's kind.

import type { InputOf, ItemOf, Operation, OutputOf } from "../contract/operation.ts";
import type { Operations } from "../contract/service.ts";

/** The services that a client calls, by the names that it gives them. */
export type Contracts = Readonly<Record<string, Operations>>;

/** A client: the services by name, and in each its operations. */
export type Client<C extends Contracts> = {
  readonly [Name in keyof C]: {
    readonly [Op in Extract<keyof C[Name], string>]: OperationCall<C[Name][Op]>;
  };
};

/** How an operation is called: by its kind. */
export type OperationCall<Op extends Operation> = {
  readonly query: UnaryCall<Op>;
  readonly command: UnaryCall<Op>;
  readonly serverStream: ServerStreamCall<Op>;
  readonly clientStream: ClientStreamCall<Op>;
  readonly bidiStream: BidiStreamCall<Op>;
}[Op["kind"]];

/**
 * Calls a query or a command. Rejects with the AppError that was thrown on the server, or that tells why no answer came.
 * A field of the answer that the contract does not name stays in it.
 */
export type UnaryCall<Op extends Operation> = (...args: InputArgs<Op, CallOptions>) => Promise<OutputOf<Op>>;

/**
 * Opens a server stream. Nothing is sent before the first answer is asked for; each iteration is a call of its own, and
 * leaving the loop ends it. Answers are read as they are asked for.
 */
export type ServerStreamCall<Op extends Operation> = (
  ...args: InputArgs<Op, StreamOptions>
) => AsyncIterable<OutputOf<Op>>;

/** Sends items until they end, and resolves with the one answer. The next item is taken when there is room for it. */
export type ClientStreamCall<Op extends Operation> = (
  open: InputOf<Op>,
  items: ItemSource<Op>,
  options?: CallOptions,
) => Promise<OutputOf<Op>>;

/**
 * Sends items and answers what comes back, each in its own time. Opened by the first answer that is asked for; items
 * that end leave it open until the server ends it, leaving the loop ends it.
 */
export type BidiStreamCall<Op extends Operation> = (
  open: InputOf<Op>,
  items: ItemSource<Op>,
  options?: CallOptions,
) => AsyncIterable<OutputOf<Op>>;

/** Where the items of a stream come from. `return` is called where no more are wanted. */
export type ItemSource<Op extends Operation> = AsyncIterable<ItemOf<Op>> | Iterable<ItemOf<Op>>;

/** The input may be left out where none of its fields is required. */
type InputArgs<Op extends Operation, O> =
  Partial<Record<never, never>> extends InputOf<Op>
    ? readonly [input?: InputOf<Op>, options?: O]
    : readonly [input: InputOf<Op>, options?: O];

/** What one call may say. */
export interface CallOptions {
  /** Ends the call: it rejects with CANCELLED, or with the signal's reason where that is an AppError. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, with all that is tried again; a stream has no end of time unless it is given. */
  readonly timeout?: number | undefined;
  /** 1 to 255 visible ASCII characters. A command gets one by itself where it takes one; give your own to repeat a call later. */
  readonly idempotencyKey?: string | undefined;
  /** How often it is tried again at most. */
  readonly retries?: number | undefined;
  /** Whom this one call is made as. */
  readonly token?: string | undefined;
  /** The id that logs and traces show; 1 to 128 visible ASCII characters. */
  readonly requestId?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
}

/** What one call of a server stream may say. */
export interface StreamOptions extends CallOptions {
  /** Whether a stream that was cut off goes on behind the last answer, where it has cursors. */
  readonly resume?: boolean | undefined;
}
