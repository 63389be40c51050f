// Logs, metrics, traces and health of one process, made from an app and its configuration.

import { isSensitive } from "../contract/schema.ts";
import { type CallTelemetry, createCallTelemetry } from "../telemetry/call-telemetry.ts";
import { createHealth, type Health } from "../telemetry/health.ts";
import { createLogger, type Logger, type LogLevel } from "../telemetry/logs/logger.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics/metrics.ts";
import { createTracing, type Tracing } from "../telemetry/traces/tracing.ts";
import type { App } from "./app.ts";

/** What tells the outside how a process is doing. */
export interface Observability {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly health: Health;
  readonly calls: CallTelemetry;
}

/** How the log is written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly pretty: boolean;
}

/** Makes them. Fields that a contract marks as sensitive are redacted wherever they would be printed. */
export function createObservability({ definition, registry }: App, options: LogOptions): Observability {
  const redact = [...new Set(registry.operations.flatMap(({ contract }) => sensitiveFields(contract)))];
  const logger = createLogger({ ...options, app: definition.name, redact });
  const metrics = createMetrics({ app: definition.name });
  for (const [name, help] of Object.entries(definition.metrics ?? {})) metrics.declareCounter(name, help);
  const tracing = createTracing(definition.name);
  return { logger, metrics, tracing, health: createHealth(), calls: createCallTelemetry({ logger, metrics, tracing }) };
}

function sensitiveFields(contract: App["registry"]["operations"][number]["contract"]): string[] {
  return [contract.input, contract.output].flatMap((schema) => {
    if (schema === undefined || !("shape" in schema)) return [];
    const shape = schema.shape as typeof contract.input.shape; // only object schemas have a shape
    return Object.keys(shape).filter((name) => shape[name] !== undefined && isSensitive(shape[name]));
  });
}
