// The W3C trace context of a call: `00-<trace id>-<parent span id>-<flags>`.

import { createTraceState, type SpanContext } from "@opentelemetry/api";

const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const noTrace = "0".repeat(32);
const noSpan = "0".repeat(16);

/**
 * The remote parent that a `traceparent` names; undefined where there is none or it breaks the specification. Versions
 * above 00 are read as far as 00 goes, as the specification asks.
 */
export function parseTraceContext(traceparent: string | undefined, tracestate?: string): SpanContext | undefined {
  if (traceparent === undefined || traceparent.length > 256) return undefined;
  const [, version, traceId, spanId, flags, rest] = pattern.exec(traceparent) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (traceId === noTrace || spanId === noSpan) return undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate === undefined || tracestate.length > 512 ? {} : { traceState: createTraceState(tracestate) }),
  };
}

/** The `traceparent` that names a span as parent. */
export function formatTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
}
