// Logs, metrics, traces and health of one process, made from an app and its configuration.

import type { z } from "zod";
import { isSensitive } from "../../contract/schema.ts";
import { type CallTelemetry, createCallTelemetry } from "../../telemetry/call-telemetry.ts";
import { createHealth, type Health } from "../../telemetry/health.ts";
import { createLogger, type Logger, type LogLevel } from "../../telemetry/logs/logger.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics/metrics.ts";
import { createTracing, type Tracing } from "../../telemetry/traces/tracing.ts";
import type { App } from "../app.ts";

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
  /** A file descriptor; standard output by default. */
  readonly destination?: number;
}

/** Makes them. Fields that a contract marks as sensitive are redacted wherever they would be printed. */
export function createObservability({ definition, registry }: App, options: LogOptions): Observability {
  const schemas = registry.operations.flatMap(({ contract }) => [contract.input, contract.output]);
  const redact = [...new Set(schemas.flatMap((schema) => sensitiveFields(schema)))];
  const logger = createLogger({ ...options, app: definition.name, redact });
  const metrics = createMetrics({ app: definition.name });
  for (const [name, help] of Object.entries(definition.metrics ?? {})) metrics.declareCounter(name, help);
  const tracing = createTracing(definition.name);
  return { logger, metrics, tracing, health: createHealth(), calls: createCallTelemetry({ logger, metrics, tracing }) };
}

/** The names of all fields marked as sensitive, at any depth of a schema. */
function sensitiveFields(schema: z.core.$ZodType | undefined, seen = new Set<z.core.$ZodType>()): string[] {
  if (schema === undefined || seen.has(schema)) return [];
  seen.add(schema);
  const { shape, innerType, element, options, valueType, in: from } = schema._zod.def as SchemaParts;
  const below = [innerType, element, valueType, from, ...(options ?? [])];
  return [
    ...Object.entries(shape ?? {}).flatMap(([name, field]) => [
      ...(hasMark(field) ? [name] : []),
      ...sensitiveFields(field, seen),
    ]),
    ...below.flatMap((part) => sensitiveFields(part, seen)),
  ];
}

/** Whether a field is marked, itself or under `optional` and its like. */
function hasMark(schema: z.core.$ZodType): boolean {
  const { innerType } = schema._zod.def as SchemaParts;
  return isSensitive(schema) || (innerType !== undefined && hasMark(innerType));
}

/** Where zod's definitions keep the schemas below them. */
interface SchemaParts {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}
