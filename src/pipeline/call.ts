// A call: one run of an operation, whatever road it came by. Made by the context step, passed through every other.

import type { User } from "../contract/access.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import type { Lookup } from "../store/store.ts";
import type { LimitNote } from "./limit-note.ts";
import type { StreamItems } from "./stream-items.ts";

/** The way a call came in. `internal`: an operation or a consumer called it. */
export type Road = "http" | "grpc" | "cli" | "internal";

/** What a caller shows to say who he is. `local`: the owner of the data folder acts as a user of his choice. */
export type Credential =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "local"; readonly userId: string | undefined };

/** What a road hands to the pipeline. */
export interface CallRequest {
  readonly operation: RegisteredOperation;
  readonly road: Road;
  /**
   * As it came: a plain object of JSON values, not yet checked. Where the road could make none of it, the AppError that
   * says why: thrown by `validate`, so that a bad credential comes first on every road, and telemetry hears of it.
   * Where it comes as a message of its own, a promise of that.
   */
  readonly input: unknown;
  /**
   * Client and bidi streams: what the client sends, as it came, ending when the client has ended; where the road could
   * make nothing of a message, the AppError that says why in its place. Rejects when the client is gone. Read one at a
   * time, and only when the handler asks for more. `return` is called when nobody reads on.
   */
  readonly items?: AsyncIterator<unknown> | undefined;
  /**
   * Server and bidi streams: takes each answer, in order; the next when the promise is fulfilled, or at once where there
   * is none. Rejects when the client is gone. Not called before all that may refuse the call has let it pass.
   */
  readonly send?: ((answer: unknown) => void | Promise<void>) | undefined;
  /**
   * Streams: told once when all that may refuse the call has let it pass, before its handler runs, with the limits that
   * it was counted against. A road may then say that the stream is open, however long the first answer takes.
   */
  readonly onOpen?: ((limits: LimitNote | undefined) => void) | undefined;
  readonly credential?: Credential | undefined;
  /** Kept if it is 1 to 128 visible ASCII characters, else a new one is made. */
  readonly requestId?: string | undefined;
  /** W3C trace context, as it came. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** As it came: see `idempotencyKeyFrom`. Commands only. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds that the caller gives the call; capped by configuration. */
  readonly timeout?: number | undefined;
  /** The client's network address. */
  readonly address?: string | undefined;
  /** Aborts when the client goes away. */
  readonly signal?: AbortSignal | undefined;
  /** The same as a callback, for roads on which a signal for every call would cost more than what the call does. */
  readonly onGone?: ((gone: () => void) => void) | undefined;
}

/**
 * How a call ended, a stream when the last answer was sent. A road turns it into its own form; nothing is ever thrown at
 * a road.
 */
export type Outcome =
  | {
      readonly ok: true;
      readonly requestId: string;
      readonly value: unknown;
      /** The value as it is kept in the cache, for a road that sends JSON: `value` is parsed only if it is asked for. */
      readonly encoded?: EncodedValue | undefined;
      /** The answer of an earlier call with the same idempotency key. */
      readonly replayed?: boolean | undefined;
      readonly limits?: LimitNote | undefined;
    }
  | {
      readonly ok: false;
      readonly requestId: string;
      readonly error: AppError;
      readonly limits?: LimitNote | undefined;
    };

/** A value as JSON in UTF-8. */
export class EncodedValue {
  readonly json: Uint8Array;
  /** The value's field `version`, where it has one. */
  readonly version: number | undefined;

  constructor(json: Uint8Array, version: number | undefined) {
    this.json = json;
    this.version = version;
  }

  parse(): unknown {
    return JSON.parse(Buffer.from(this.json.buffer, this.json.byteOffset, this.json.byteLength).toString());
  }
}

/** Runs calls: what the pipeline is to a road. */
export interface Caller {
  /** Never rejects. */
  run(request: CallRequest): Promise<Outcome>;
}

/** Where a nested call comes from: a call, or a consumer's event. What passes down to what it calls. */
export interface CallOrigin {
  readonly id: string;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly address: string | undefined;
  /** Milliseconds since the epoch; Infinity for a stream to which nobody set one. */
  readonly deadline: number;
  /** Aborts with an AppError (CANCELLED, DEADLINE_EXCEEDED, SHUTTING_DOWN) when the call should end. */
  readonly signal: AbortSignal;
  /** 0 for a call that a road made. */
  readonly depth: number;
  readonly user: User | undefined;
  /** The call whose handler made this one. */
  readonly parent: CallOrigin | undefined;
  /** The transaction that nested calls share: set and read by the service layer only. */
  session: unknown;
  /** Told just before COMMIT is sent: throws if the call was cancelled, and from then on nothing cancels it. */
  beginCommit(): void;
  /** Told when that commit did not happen after all, so that the call can be cancelled again. */
  endCommit(): void;
}

/** A call on its way through the pipeline. Steps may set `user` and `input`, nothing else. */
export interface Call extends CallOrigin {
  readonly operation: RegisteredOperation;
  readonly road: Road;
  readonly credential: Credential | undefined;
  /** Raw until `validate`, then the parsed input. */
  input: unknown;
  user: User | undefined;
  /** As it came, until `idempotency` puts it in its one form; undefined on a nested call. */
  idempotencyKey: string | undefined;
  /** Set by the executor when the answer is that of an earlier call with the same idempotency key. */
  replayed: boolean;
  /** What the store was asked of the call's cached answer on the way in; undefined: nothing yet. Set by `gate`. */
  entry: CallEntry | undefined;
  /** The limits that it was counted against; undefined: none so far. Set by `limit`. */
  limits: LimitNote | undefined;
  /** Client and bidi streams: what the client sends, checked; undefined before `messages` and on all others. */
  items: StreamItems | undefined;
  /** Server and bidi streams: takes each answer. The next only when the promise is fulfilled. */
  send: ((answer: unknown) => void | Promise<void>) | undefined;
  /** Streams: to be told when nothing can refuse the call any more. */
  readonly onOpen?: CallRequest["onOpen"];
  /** The work's result, or a rejection as soon as the call is cancelled, whatever the work still waits for. */
  race<T>(work: () => Promise<T>): Promise<T>;
}

/** The cached answer of a call: its key, and what the store said of it; undefined: the store could not be asked. */
export interface CallEntry {
  readonly key: string;
  readonly lookup: Lookup | undefined;
}

declare const answered: unique symbol;

/** What the rest of the pipeline gave. Only `next` makes one, so a middleware that forgets to return it does not compile. */
export interface Answer {
  readonly [answered]: true;
  readonly value: unknown;
  readonly encoded?: EncodedValue;
}

/** The rest of the pipeline. Calling it twice is an error. */
export type Next = () => Promise<Answer>;

/**
 * One step of the pipeline: it may act before and after `next`, refuse by throwing an AppError, and must return what
 * `next` gave.
 */
export type Middleware = (call: Call, next: Next) => Promise<Answer>;
