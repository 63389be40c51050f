// The pipeline: for each operation the list of steps that every call passes, whatever road it came by.

import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import { appError, toAppError } from "../core/catalogue.ts";
import type { Answer, Call, Caller, CallOrigin, CallRequest, EncodedValue, Middleware, Outcome } from "./call.ts";
import { compose, type Last } from "./compose.ts";
import type { LimitNote } from "./limit-note.ts";
import type { AdmissionControl, AskableStore, Authenticator, CallLimits, CallTelemetry, Executor } from "./ports.ts";
import { type CallTimes, childCall, RunningCall } from "./running-call.ts";
import { RunningCalls } from "./running-calls.ts";
import { admission } from "./steps/admission.ts";
import { authenticate } from "./steps/authenticate.ts";
import { authorize } from "./steps/authorize.ts";
import { errors } from "./steps/errors.ts";
import { gate } from "./steps/gate.ts";
import { handle } from "./steps/handle.ts";
import { idempotency } from "./steps/idempotency.ts";
import { limit } from "./steps/limit.ts";
import { telemetry } from "./steps/telemetry.ts";
import { inputParser, validate } from "./steps/validate.ts";

/** Where a user's own middleware may stand: right after the named step. */
export type Place = "errors" | "authenticate" | "validate" | "authorize";

/** A user's middleware at its place. */
export interface PlacedMiddleware {
  readonly after: Place;
  readonly use: Middleware;
}

/** An operation with what runs it. */
export interface PipelineEntry {
  readonly operation: RegisteredOperation;
  readonly executor: Executor;
  /** In order: the app's, the service's, the operation's own. */
  readonly middleware: readonly PlacedMiddleware[];
}

/** What the steps need. */
export interface PipelinePorts {
  readonly telemetry: CallTelemetry;
  readonly admission: AdmissionControl;
  readonly authenticator: Authenticator;
  /** Undefined: nothing is limited. */
  readonly limits?: CallLimits | undefined;
  /** Undefined: nothing is cached. */
  readonly store?: AskableStore | undefined;
  readonly times: CallTimes;
}

/** Runs calls of every operation it was made for. */
export interface Pipeline extends Caller {
  /** Runs an operation from inside another one: validate, authorize, handler. Throws what it throws. */
  nested(parent: CallOrigin, operation: RegisteredOperation, input: unknown): Promise<unknown>;
  /** Ends every call that still runs; those already committing run to their true outcome. */
  cancelAll(reason: AppError): void;
}

/** Builds the chain of every operation, once. A step that an operation does not need is not in its chain. */
export function createPipeline(entries: readonly PipelineEntry[], ports: PipelinePorts): Pipeline {
  const running = new RunningCalls<RunningCall>();
  const outer = new Map(entries.map((entry) => [entry.operation, topLevelChain(entry, ports)]));
  const inner = new Map(entries.map((entry) => [entry.operation, nestedChain(entry)]));

  async function run(request: CallRequest): Promise<Outcome> {
    const call = new RunningCall(request, ports.times);
    const chain = outer.get(request.operation);
    if (chain === undefined) return { ok: false, requestId: call.id, error: appError("OPERATION_NOT_FOUND") };
    const place = running.add(call);
    try {
      return new Success(call, await chain(call));
    } catch (thrown) {
      return { ok: false, requestId: call.id, error: toAppError(thrown), limits: call.limits };
    } finally {
      running.remove(place);
    }
  }

  return {
    run,
    async nested(parent, operation, input) {
      const chain = inner.get(operation);
      if (chain === undefined) throw appError("OPERATION_NOT_FOUND");
      return (await chain(childCall(parent, operation, input))).value;
    },
    cancelAll(reason) {
      running.each((call) => call.cancel(reason));
    },
  };
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

/** The whole chain, outermost first. */
function topLevelChain(entry: PipelineEntry, ports: PipelinePorts): Last {
  const { operation, executor } = entry;
  return compose(
    [
      telemetry(ports.telemetry),
      errors,
      deadline,
      ...own(entry, "errors"),
      admission(ports.admission),
      authenticate(operation, ports.authenticator, ports.limits?.failedCredentials),
      ...own(entry, "authenticate"),
      ...limitAndValidate(entry, ports),
      ...own(entry, "validate"),
      ...optional(limit(ports.limits?.guardOf(operation, "validated"))),
      ...optional(authorize(operation, executor)),
      ...own(entry, "authorize"),
      ...optional(idempotency(operation)),
    ],
    handle(operation, executor),
  );
}

/** Steps 6 and 7; one after the other also where a user's middleware may still change what a cached answer is found by. */
function limitAndValidate(entry: PipelineEntry, { limits, store }: PipelinePorts): Middleware[] {
  const { operation, executor } = entry;
  const guard = limits?.guardOf(operation, "arrival");
  const { entryKey } = executor;
  const isFixed = own(entry, "validate").length + own(entry, "authorize").length === 0;
  if (entryKey === undefined || store === undefined || !isFixed)
    return [...optional(limit(guard)), validate(operation)];
  return [gate({ operation, parse: inputParser(operation), guard, store, entryKey })];
}

/** What a call from inside another one passes: what concerns the operation, not the caller. */
function nestedChain(entry: PipelineEntry): Last {
  const { operation, executor } = entry;
  return compose(
    [
      validate(operation),
      ...own(entry, "validate"),
      ...optional(authorize(operation, executor)),
      ...own(entry, "authorize"),
    ],
    handle(operation, executor),
  );
}

const deadline: Middleware = (call, next) => call.race(next);

function own(entry: PipelineEntry, place: Place): Middleware[] {
  return entry.middleware.filter((middleware) => middleware.after === place).map((middleware) => middleware.use);
}

function optional(step: Middleware | undefined): Middleware[] {
  return step === undefined ? [] : [step];
}
