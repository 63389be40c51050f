// The pipeline: for each operation the list of steps that every call passes, whatever road it came by.

import { isStream } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import { appError, toAppError } from "../core/catalogue.ts";
import type { Answer, Call, Caller, CallOrigin, CallRequest, EncodedValue, Outcome } from "./call.ts";
import { nestedChain, streamChildChain, topLevelChain } from "./chains.ts";
import { watchCredential } from "./credential-watch.ts";
import type { PipelineEntry } from "./entry.ts";
import type { LimitNote } from "./limit-note.ts";
import type { PipelinePorts } from "./ports.ts";
import { childCall, RunningCall } from "./running-call.ts";
import { RunningCalls } from "./running-calls.ts";

/** Runs calls of every operation it was made for. */
export interface Pipeline extends Caller {
  /** Runs an operation from inside another one: validate, authorize, handler. Throws what it throws. */
  nested(parent: CallOrigin, operation: RegisteredOperation, input: unknown): Promise<unknown>;
  /**
   * Runs an operation from inside a stream's handler: a call of its own, with its own transaction, charged to its limits.
   * The credential must still hold. Throws what it throws.
   */
  fromStream(parent: Call, request: StreamChild): Promise<unknown>;
  /**
   * Ends every stream. A client stream's handler is told by its items and may still answer; the others are cancelled.
   */
  endStreams(reason: AppError): void;
  /** Ends every call that still runs; those already committing run to their true outcome. */
  cancelAll(reason: AppError): void;
}

/** A call that a stream's handler makes. */
export interface StreamChild {
  readonly operation: RegisteredOperation;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
}

/** Builds the chain of every operation, once. A step that an operation does not need is not in its chain. */
export function createPipeline(entries: readonly PipelineEntry[], ports: PipelinePorts): Pipeline {
  const running = new RunningCalls<RunningCall>();
  const outer = new Map(entries.map((entry) => [entry.operation, topLevelChain(entry, ports)]));
  const inner = new Map(entries.map((entry) => [entry.operation, nestedChain(entry)]));
  const below = new Map(
    entries
      .filter(({ operation }) => !isStream(operation.contract))
      .map((entry) => [entry.operation, streamChildChain(entry, ports)]),
  );

  async function run(request: CallRequest): Promise<Outcome> {
    const call = new RunningCall(request, ports.times);
    const chain = outer.get(request.operation);
    if (chain === undefined) return { ok: false, requestId: call.id, error: appError("OPERATION_NOT_FOUND") };
    const place = running.add(call);
    const unwatch = isStream(call.operation.contract) ? watchCredential(call, ports.authenticator) : undefined;
    // Who is refused before it is asked for does not hear that it failed.
    if (call.input instanceof Promise) call.input.catch(() => undefined);
    try {
      return new Success(call, await chain(call));
    } catch (thrown) {
      return { ok: false, requestId: call.id, error: toAppError(thrown), limits: call.limits };
    } finally {
      running.remove(place);
      unwatch?.();
      call.items?.close();
    }
  }

  return {
    run,
    async nested(parent, operation, input) {
      const chain = inner.get(operation);
      if (chain === undefined) throw appError("OPERATION_NOT_FOUND");
      return (await chain(childCall(parent, operation, input))).value;
    },
    async fromStream(parent, { operation, input, idempotencyKey }) {
      const chain = below.get(operation);
      if (chain === undefined) throw appError("OPERATION_NOT_FOUND");
      const call = new RunningCall(
        {
          ...{ operation, input, idempotencyKey, road: "internal", requestId: parent.id },
          ...{ credential: parent.credential, traceparent: parent.traceparent, tracestate: parent.tracestate },
          ...{ address: parent.address, signal: parent.signal, timeout: timeLeft(parent) },
        },
        ports.times,
        parent,
      );
      return (await chain(call)).value;
    },
    endStreams(reason) {
      running.each((call) => {
        if (isStream(call.operation.contract)) call.windUp(reason);
      });
    },
    cancelAll(reason) {
      running.each((call) => call.cancel(reason));
    },
  };
}

/** Milliseconds that a call may still take; undefined where nobody set it a time. */
function timeLeft({ deadline }: Call): number | undefined {
  return deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(0, deadline - Date.now());
}

/** An answer as a road gets it. */
class Success {
  readonly ok = true;
  readonly requestId: string;
  readonly limits: LimitNote | undefined;
  readonly replayed: boolean;
  readonly #answer: Answer;

  constructor(call: Call, answer: Answer) {
    this.requestId = call.id;
    this.limits = call.limits;
    this.replayed = call.replayed;
    this.#answer = answer;
  }

  get value(): unknown {
    return this.#answer.value;
  }

  get encoded(): EncodedValue | undefined {
    return this.#answer.encoded;
  }
}
