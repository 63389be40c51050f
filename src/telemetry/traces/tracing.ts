// Spans, through OpenTelemetry's API only. Without a registered SDK nothing is made: no span, no context.

import {
  type Context,
  context,
  isSpanContextValid,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { AppError } from "../../core/app-error.ts";
import { httpStatusOf } from "../../core/problem.ts";
import { errorFingerprint, errorRecord, rootCause } from "../error-record.ts";
import type { ObservedCall } from "../observed-call.ts";
import { callSpanOptions } from "./call-span.ts";
import { attribute, exceptionEvent, serverFaults } from "./conventions.ts";
import { formatTraceparent, parseTraceContext } from "./trace-context.ts";

/** The span of a call. */
export interface CallSpan {
  readonly traceId: string;
  /** Runs `rest` inside the span, so that spans made within become its children. */
  run<T>(rest: () => T): T;
  end(call: ObservedCall, error: AppError | undefined): void;
}

/** A statement that has ended. Times are milliseconds, since the epoch and long. */
export interface ObservedStatement {
  /** With placeholders for its values, which are never given to a span. */
  readonly text: string;
  readonly startedAt: number;
  readonly duration: number;
  readonly error: Error | undefined;
}

/** An event that a consumer applies. */
export interface ObservedEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes spans. */
export interface Tracing {
  /** Whether an SDK is registered now. */
  readonly active: boolean;
  /** The span of a call, child of the caller's `traceparent`; undefined without an SDK. */
  startCall(call: ObservedCall): CallSpan | undefined;
  /** Makes the client span of a statement that has ended, child of the span that is open here. */
  statement(system: string, statement: ObservedStatement): void;
  /**
   * Runs a consumer's work for an event inside a span, child of the call or consumer that emitted the event: one trace
   * from request to effect.
   */
  event<T>(consumer: string, event: ObservedEvent, work: () => Promise<T>): Promise<T>;
  /** The `traceparent` of the span that is open here, to be carried to another process; undefined without an SDK. */
  traceparent(): string | undefined;
}

/** Creates the tracing of an app. An SDK may be registered before or after. */
export function createTracing(app: string): Tracing {
  const current = createTracerSource();
  return {
    get active() {
      return current() !== undefined;
    },
    startCall(call) {
      const tracer = current();
      return tracer === undefined ? undefined : new OpenCallSpan(tracer, app, call);
    },
    statement(system, statement) {
      const tracer = current();
      if (tracer !== undefined) sqlSpan(tracer, system, statement);
    },
    event(consumer, event, work) {
      const tracer = current();
      return tracer === undefined ? work() : eventSpan(tracer, consumer, event, work);
    },
    traceparent() {
      if (current() === undefined) return undefined;
      const span = trace.getActiveSpan()?.spanContext();
      return span === undefined || !isSpanContextValid(span) ? undefined : formatTraceparent(span);
    },
  };
}

/** Asks a newly seen provider once whether it makes real spans, and remembers the answer until it is replaced. */
function createTracerSource(): () => Tracer | undefined {
  let seen: unknown;
  let tracer: Tracer | undefined;
  return () => {
    const global = trace.getTracerProvider();
    const provider = global instanceof ProxyTracerProvider ? global.getDelegate() : global;
    if (provider !== seen) {
      seen = provider;
      const candidate = provider.getTracer("trivium");
      const probe = candidate.startSpan("probe", { root: true });
      tracer = isSpanContextValid(probe.spanContext()) ? candidate : undefined;
    }
    return tracer;
  };
}

class OpenCallSpan implements CallSpan {
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, app: string, call: ObservedCall) {
    const parent = parentContext(parseTraceContext(call.traceparent, call.tracestate));
    const { name, options } = callSpanOptions(app, call);
    this.#span = tracer.startSpan(name, options, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  run<T>(rest: () => T): T {
    return context.with(this.#context, rest);
  }

  end(call: ObservedCall, error: AppError | undefined): void {
    const span = this.#span;
    if (span.isRecording()) {
      if (call.user !== undefined) span.setAttribute(attribute.userId, call.user.id);
      if (call.road === "http") span.setAttribute(attribute.httpStatus, httpStatus(call, error));
      if (call.road === "grpc") span.setAttribute(attribute.rpcStatus, error?.code ?? "OK");
      if (error !== undefined) markFailed(span, error);
    }
    span.end();
  }
}

function httpStatus(call: ObservedCall, error: AppError | undefined): number {
  return error === undefined ? call.operation.route.status : httpStatusOf(error);
}

/** A remote parent wins; a call without one is a child of whatever is open, such as a consumer's span. */
function parentContext(remote: SpanContext | undefined): Context {
  return remote === undefined ? context.active() : trace.setSpanContext(ROOT_CONTEXT, remote);
}

function markFailed(span: Span, error: AppError): void {
  span.setAttribute(attribute.reason, error.reason);
  if (!serverFaults.has(error.code)) return;
  span.setAttribute(attribute.errorType, error.code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.reason });
  if (error.cause === undefined) return;
  const record = errorRecord(rootCause(error));
  span.addEvent(exceptionEvent, {
    [attribute.exceptionType]: record.type,
    [attribute.exceptionMessage]: record.message,
    ...(record.stack === undefined ? {} : { [attribute.exceptionStack]: record.stack }),
    [attribute.fingerprint]: errorFingerprint(error),
  });
}

async function eventSpan<T>(
  tracer: Tracer,
  consumer: string,
  { id, stream, type, headers }: ObservedEvent,
  work: () => Promise<T>,
): Promise<T> {
  const parent = parentContext(parseTraceContext(headers.traceparent, headers.tracestate));
  const attributes = {
    [attribute.messagingOperation]: "process",
    [attribute.messagingDestination]: stream,
    [attribute.messagingGroup]: consumer,
    [attribute.messagingId]: id,
    [attribute.eventType]: type,
  };
  const span = tracer.startSpan(`process ${stream}`, { kind: SpanKind.CONSUMER, attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setAttribute(attribute.errorType, errorRecord(error).type);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function sqlSpan(tracer: Tracer, system: string, { text, startedAt, duration, error }: ObservedStatement): void {
  const summary = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? "SQL";
  const span = tracer.startSpan(summary, {
    kind: SpanKind.CLIENT,
    startTime: startedAt,
    attributes: {
      [attribute.dbSystem]: system,
      [attribute.dbQueryText]: text,
      [attribute.dbQuerySummary]: summary,
    },
  });
  if (error !== undefined) {
    span.setAttribute(attribute.errorType, errorRecord(error).type);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(startedAt + duration);
}
