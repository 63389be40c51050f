// The pipeline: for each operation the list of steps that every call passes, whatever road it came by.

import type { RegisteredOperation } from "../contract/registry.ts";
import type { AppError } from "../core/app-error.ts";
import { appError, toAppError } from "../core/catalogue.ts";
import type { Caller, CallOrigin, CallRequest, Middleware, Outcome } from "./call.ts";
import { compose, type Last } from "./compose.ts";
import type { AdmissionControl, Authenticator, CallTelemetry, Executor } from "./ports.ts";
import { type CallTimes, childCall, RunningCall } from "./running-call.ts";
import { admission } from "./steps/admission.ts";
import { authenticate } from "./steps/authenticate.ts";
import { authorize } from "./steps/authorize.ts";
import { errors } from "./steps/errors.ts";
import { handle } from "./steps/handle.ts";
import { telemetry } from "./steps/telemetry.ts";
import { validate } from "./steps/validate.ts";

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
  const running = new Set<RunningCall>();
  const outer = new Map(entries.map((entry) => [entry.operation, topLevelChain(entry, ports)]));
  const inner = new Map(entries.map((entry) => [entry.operation, nestedChain(entry)]));

  async function run(request: CallRequest): Promise<Outcome> {
    const call = new RunningCall(request, ports.times);
    const chain = outer.get(request.operation);
    if (chain === undefined) return { ok: false, requestId: call.id, error: appError("OPERATION_NOT_FOUND") };
    running.add(call);
    try {
      const { value } = await chain(call);
      return { ok: true, requestId: call.id, value };
    } catch (thrown) {
      return { ok: false, requestId: call.id, error: toAppError(thrown) };
    } finally {
      running.delete(call);
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
      for (const call of running) call.cancel(reason);
    },
  };
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
      authenticate(operation, ports.authenticator),
      ...own(entry, "authenticate"),
      validate(operation),
      ...own(entry, "validate"),
      ...optional(authorize(operation, executor)),
      ...own(entry, "authorize"),
    ],
    handle(operation, executor),
  );
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
