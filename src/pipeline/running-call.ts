// Step 1, context: makes the call out of what a road handed over. The signal and its timer cost nothing until needed.

import { setMaxListeners } from "node:events";
import type { User } from "../contract/access.ts";
import { isStream, takesMany } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import { uuidv7 } from "../core/ids.ts";
import type { Call, CallEntry, CallOrigin, CallRequest, Credential, Road } from "./call.ts";
import type { LimitNote } from "./limit-note.ts";
import { StreamItems } from "./stream-items.ts";

/** How long calls may take, in milliseconds. */
export interface CallTimes {
  /** For a caller that says nothing. */
  readonly defaultTimeout: number;
  /** However long the caller says. */
  readonly maxTimeout: number;
}

/** The longest that Node's timers can wait; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

const visibleAscii = /^[\x21-\x7e]{1,128}$/;

/** A stream goes on until it is over; only a caller who says so sets it a time. */
function timeoutOf({ operation, timeout }: CallRequest, times: CallTimes): number {
  if (isStream(operation.contract)) return timeout ?? Number.POSITIVE_INFINITY;
  return Math.min(timeout ?? times.defaultTimeout, times.maxTimeout);
}

/** A top-level call, or one that a stream's handler makes. */
export class RunningCall implements Call {
  readonly operation: RegisteredOperation;
  readonly road: Road;
  readonly id: string;
  readonly credential: Credential | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly address: string | undefined;
  readonly deadline: number;
  readonly parent: CallOrigin | undefined;
  readonly depth: number;
  input: unknown;
  user: User | undefined = undefined;
  idempotencyKey: string | undefined;
  replayed = false;
  session: unknown = undefined;
  entry: CallEntry | undefined = undefined;
  limits: LimitNote | undefined = undefined;
  items: StreamItems | undefined;
  send: CallRequest["send"];
  readonly onOpen: CallRequest["onOpen"];
  #controller: AbortController | undefined;
  #cancelled: AppError | undefined;
  #committing = false;
  readonly #request: CallRequest;
  // Two functions that each call uses anyway. One made of both for the case that it is cancelled, which seldom comes,
  // was measured to let whole calls survive the garbage collector's young generation.
  #end: (() => void) | undefined;
  #reject: ((error: AppError) => void) | undefined;

  /** `parent`: the stream whose handler makes the call. */
  constructor(request: CallRequest, times: CallTimes, parent?: CallOrigin) {
    const { requestId } = request;
    this.operation = request.operation;
    this.road = request.road;
    this.id = requestId !== undefined && visibleAscii.test(requestId) ? requestId : uuidv7();
    this.credential = request.credential;
    this.traceparent = request.traceparent;
    this.tracestate = request.tracestate;
    this.address = request.address;
    this.deadline = Date.now() + timeoutOf(request, times);
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.items =
      request.items !== undefined && takesMany(this.operation.contract) ? new StreamItems(request.items) : undefined;
    this.send = request.send;
    this.onOpen = request.onOpen;
    this.input = request.input;
    this.idempotencyKey = request.idempotencyKey;
    this.#request = request;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // A stream's handler may wait for any number of things at once.
      if (this.send !== undefined || this.items !== undefined) setMaxListeners(0, this.#controller.signal);
      if (this.#cancelled !== undefined) this.#controller.abort(this.#cancelled);
    }
    return this.#controller.signal;
  }

  /** Ends the call, unless its commit was sent: then it runs to its true outcome. The first reason counts. */
  cancel(error: AppError): void {
    if (this.#cancelled !== undefined || this.#committing) return;
    this.#cancelled = error;
    this.#controller?.abort(error);
    this.#reject?.(error);
    this.#end?.();
  }

  #deadlineTimer(): NodeJS.Timeout | undefined {
    const left = this.deadline - Date.now();
    if (left === Number.POSITIVE_INFINITY) return undefined;
    return setTimeout(() => this.cancel(appError("DEADLINE_EXCEEDED")), Math.min(Math.max(0, left), longestTimer));
  }

  /** Ends a stream: the handler of one that still owes its answer is told by its items, and may give it. */
  windUp(error: AppError): void {
    if (this.items !== undefined && this.send === undefined) this.items.interrupt(error);
    else this.cancel(error);
  }

  beginCommit(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled;
    this.#committing = true;
  }

  endCommit(): void {
    this.#committing = false;
  }

  race<T>(work: () => Promise<T>): Promise<T> {
    const request = this.#request;
    const { signal } = request;
    return new Promise<T>((resolve, reject) => {
      const timer = this.#deadlineTimer();
      // A road may also tell that the client left after its answer; only before it does it matter.
      const [gone, forget] = untilForgotten(() => this.cancel(appError("CANCELLED")));
      const end = (): void => {
        this.#end = undefined;
        this.#reject = undefined;
        forget();
        clearTimeout(timer);
        signal?.removeEventListener("abort", gone);
      };
      this.#end = end;
      this.#reject = reject;
      request.onGone?.(gone);
      signal?.addEventListener("abort", gone, { once: true });
      if (signal?.aborted === true) gone();
      if (this.#cancelled !== undefined) return;
      work().then(
        (result) => {
          end();
          resolve(result);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }
}

/**
 * What a road may keep for longer than the call runs, and how to empty it: grpc-js holds its finished calls, with all
 * that hangs on their listeners, until the next full garbage collection.
 */
function untilForgotten(tell: () => void): readonly [told: () => void, forget: () => void] {
  let current: (() => void) | undefined = tell;
  return [
    () => current?.(),
    () => {
      current = undefined;
    },
  ];
}

/** A call that a handler made: a child with the identity, id, trace and deadline of the one it came from. */
export function childCall(parent: CallOrigin, operation: RegisteredOperation, input: unknown): Call {
  return {
    operation,
    road: "internal",
    id: parent.id,
    credential: undefined,
    traceparent: parent.traceparent,
    tracestate: parent.tracestate,
    address: parent.address,
    deadline: parent.deadline,
    get signal() {
      return parent.signal;
    },
    parent,
    depth: parent.depth + 1,
    input,
    user: parent.user,
    idempotencyKey: undefined,
    replayed: false,
    session: undefined,
    entry: undefined,
    limits: undefined,
    items: undefined,
    send: undefined,
    beginCommit: () => parent.beginCommit(),
    endCommit: () => parent.endCommit(),
    race: (work) => work(),
  };
}
