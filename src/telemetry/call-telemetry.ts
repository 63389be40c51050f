// Step 2 of the pipeline's view of the world: for each call one log line, its metrics, and a span where an SDK listens.

import type { AppError } from "../core/app-error.ts";
import { type ErrorRecord, errorRecord } from "./error-record.ts";
import { createErrorTracker, type ErrorTracker } from "./error-tracker.ts";
import type { LineLevel, Logger } from "./logs/logger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { ObservedCall } from "./observed-call.ts";
import { parseTraceContext } from "./traces/trace-context.ts";
import type { CallSpan, Tracing } from "./traces/tracing.ts";

/** What `createCallTelemetry` needs. */
export interface CallTelemetryOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Counts defects; one without a hook by default. */
  readonly errors?: ErrorTracker;
}

/** Hears of every call's beginning and end. */
export interface CallTelemetry {
  /** Never throws. */
  start(call: ObservedCall): CallObservation;
  /** One message of a stream. Never throws. */
  message(call: ObservedCall, direction: "received" | "sent"): void;
}

/** One call, observed. */
export interface CallObservation {
  /** Runs the rest of the call inside its span. */
  run<T>(rest: () => T): T;
  /** Exactly once. `error` undefined: success. */
  end(error: AppError | undefined): void;
}

/**
 * Creates the telemetry of calls. One line per call, when it ends: at level info for success and for what is the
 * caller's doing, warn for UNAVAILABLE and DEADLINE_EXCEEDED, error (with the causes, a fingerprint and how often it was
 * met) for INTERNAL, UNKNOWN and DATA_LOSS.
 */
export function createCallTelemetry(options: CallTelemetryOptions): CallTelemetry {
  const parts: Parts = { ...options, errors: options.errors ?? createErrorTracker() };
  return {
    start: (call) => new ObservedRun(parts, call),
    message: (call, direction) => parts.metrics.calls.message(call.operation, call.road, direction),
  };
}

type Parts = Required<CallTelemetryOptions>;

const levels: Readonly<Record<string, LineLevel>> = {
  INTERNAL: "error",
  UNKNOWN: "error",
  DATA_LOSS: "error",
  UNAVAILABLE: "warn",
  DEADLINE_EXCEEDED: "warn",
};

class ObservedRun implements CallObservation {
  readonly #parts: Parts;
  readonly #call: ObservedCall;
  readonly #span: CallSpan | undefined;
  readonly #begin: number;

  constructor(parts: Parts, call: ObservedCall) {
    this.#parts = parts;
    this.#call = call;
    this.#span = parts.tracing.startCall(call);
    parts.metrics.calls.begin(call.operation, call.road);
    this.#begin = performance.now();
  }

  run<T>(rest: () => T): T {
    return this.#span === undefined ? rest() : this.#span.run(rest);
  }

  end(error: AppError | undefined): void {
    const millis = performance.now() - this.#begin;
    const call = this.#call;
    this.#parts.metrics.calls.end(call.operation, call.road, error?.code ?? "OK", millis / 1000);
    this.#log(millis, error);
    this.#span?.end(call, error);
  }

  #log(millis: number, error: AppError | undefined): void {
    const { logger, errors } = this.#parts;
    const call = this.#call;
    const fields = {
      operation: call.operation.id,
      road: call.road,
      code: error?.code ?? "OK",
      reason: error?.reason,
      replayed: call.replayed || undefined,
      durationMs: Math.round(millis * 1000) / 1000,
      userId: call.user?.id,
      requestId: call.id,
      traceId: this.#span?.traceId ?? traceIdOf(call),
    };
    const level = error === undefined ? "info" : (levels[error.code] ?? "info");
    if (error === undefined || level === "info") logger.line("info", fields, "call");
    else if (level === "warn") logger.line("warn", { ...fields, err: causeOf(error) }, "call");
    else {
      const { fingerprint, count } = errors.record(error, call.operation.id, call.id);
      logger.line("error", { ...fields, fingerprint, occurrences: count, err: errorRecord(error) }, "call");
    }
  }
}

/** The code and reason say all of an error that was made here; what caused it is worth its stack. */
function causeOf(error: AppError): ErrorRecord | undefined {
  return error.cause === undefined ? undefined : errorRecord(error.cause);
}

/** Without an SDK the caller's own trace id still ties the line to the caller's trace. */
function traceIdOf(call: ObservedCall): string | undefined {
  return call.traceparent === undefined ? undefined : parseTraceContext(call.traceparent)?.traceId;
}
