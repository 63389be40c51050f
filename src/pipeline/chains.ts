// The literal lists: which steps a call passes, in which order, from a road, from a handler, from a stream's handler.

import { isStream } from "../contract/operation.ts";
import type { Middleware } from "./call.ts";
import { compose, type Last } from "./compose.ts";
import type { PipelineEntry, Place } from "./entry.ts";
import type { PipelinePorts } from "./ports.ts";
import { admission } from "./steps/admission.ts";
import { authenticate } from "./steps/authenticate.ts";
import { authorize } from "./steps/authorize.ts";
import { errors } from "./steps/errors.ts";
import { gate } from "./steps/gate.ts";
import { handle } from "./steps/handle.ts";
import { idempotency } from "./steps/idempotency.ts";
import { limit } from "./steps/limit.ts";
import { type MessageHook, messages } from "./steps/messages.ts";
import { telemetry } from "./steps/telemetry.ts";
import { inputParser, validate } from "./steps/validate.ts";

/** The whole chain, outermost first. */
export function topLevelChain(entry: PipelineEntry, ports: PipelinePorts): Last {
  const { operation, executor } = entry;
  return compose(
    [
      telemetry(ports.telemetry),
      errors,
      deadline,
      ...own(entry, "errors"),
      admission(operation, ports.admission),
      ...fromIdentityOn(entry, ports),
      ...(isStream(operation.contract) ? [messages(operation, hooksOf(entry, ports))] : []),
    ],
    handle(operation, executor),
  );
}

/** What a call passes that a stream's handler makes: all that a call from outside does, within the stream's own life. */
export function streamChildChain(entry: PipelineEntry, ports: PipelinePorts): Last {
  return compose([deadline, ...fromIdentityOn(entry, ports)], handle(entry.operation, entry.executor));
}

/** What a call from inside a query or a command passes: what concerns the operation, not the caller. */
export function nestedChain(entry: PipelineEntry): Last {
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

function fromIdentityOn(entry: PipelineEntry, ports: PipelinePorts): Middleware[] {
  const { operation, executor } = entry;
  return [
    authenticate(operation, ports.authenticator, ports.limits?.failedCredentials),
    ...own(entry, "authenticate"),
    ...limitAndValidate(entry, ports),
    ...own(entry, "validate"),
    ...optional(limit(ports.limits?.guardOf(operation, "validated"))),
    ...optional(authorize(operation, executor)),
    ...own(entry, "authorize"),
    ...optional(idempotency(operation)),
  ];
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

const deadline: Middleware = (call, next) => call.race(next);

function own(entry: PipelineEntry, place: Place): Middleware[] {
  return entry.middleware.filter((middleware) => middleware.after === place).map((middleware) => middleware.use);
}

function hooksOf({ middleware }: PipelineEntry, ports: PipelinePorts): MessageHook[] {
  const count: MessageHook = (call, { direction }) => ports.telemetry.message(call, direction);
  return [count, ...middleware.flatMap(({ onMessage }) => (onMessage === undefined ? [] : [onMessage]))];
}

function optional(step: Middleware | undefined): Middleware[] {
  return step === undefined ? [] : [step];
}
