// The value types that a contract may use beside zod's own. Every value is plain JSON on every road and in handlers.

import { z } from "zod";

/** How a schema that JSON alone cannot tell apart is carried by gRPC and described by OpenAPI. */
export type WireKind = "timestamp" | "duration" | "bytes" | "json";

const wireKinds = z.registry<{ readonly kind: WireKind }>();
const sensitiveSchemas = z.registry<{ readonly sensitive: true }>();

const canonicalTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Runs also on text that the format check has refused, and leaves that alone. */
function canonicalTime(text: string): string {
  if (canonicalTimestamp.test(text)) return text;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? text : new Date(millis).toISOString();
}

/**
 * A point in time: RFC 3339. Any offset and precision is accepted and normalised to UTC with milliseconds
 * (`2026-11-22T18:40:00.123Z`), so that timestamps sort as text. google.protobuf.Timestamp on gRPC, timestamptz in SQL.
 * Range: years 0001 to 9999, as google.protobuf.Timestamp has it.
 */
export function timestamp(): z.ZodType<string, string> {
  return z.iso
    .datetime({ offset: true, abort: true })
    .overwrite(canonicalTime)
    .refine((text) => canonicalTimestamp.test(text) && text >= "0001", {
      message: "Must lie in the years 0001 to 9999",
    })
    .register(wireKinds, { kind: "timestamp" });
}

/** A length of time in seconds with up to nine decimals: `1.5s`. google.protobuf.Duration, in its JSON form. */
export function duration(): z.ZodType<string, string> {
  return z
    .string()
    .regex(/^-?\d{1,12}(\.\d{1,9})?s$/, { message: "Must be a number of seconds such as 1.5s" })
    .register(wireKinds, { kind: "duration" });
}

/** Bytes, as standard padded base64. `bytes` on gRPC, bytea in SQL. */
export function bytes(): z.ZodType<string, string> {
  return z.base64().register(wireKinds, { kind: "bytes" });
}

/** Any JSON value. google.protobuf.Value on gRPC, jsonb in SQL. */
export function json(): z.ZodType<z.core.util.JSONType, z.core.util.JSONType> {
  return z.json().register(wireKinds, { kind: "json" });
}

/**
 * Marks a secret: what the system prints by itself (logs, traces, errors) shows `[redacted]` in its place, wherever the
 * field stands. Whoever asked for it as an answer gets it.
 */
export function sensitive<T extends z.ZodType>(schema: T): T {
  sensitiveSchemas.add(schema, { sensitive: true });
  return schema;
}

/** The wire kind of a schema made by `timestamp`, `duration`, `bytes` or `json`; undefined for all others. */
export function wireKindOf(schema: z.core.$ZodType): WireKind | undefined {
  return wireKinds.get(schema as z.ZodType)?.kind;
}

/** Whether a schema was marked by `sensitive`. */
export function isSensitive(schema: z.core.$ZodType): boolean {
  return sensitiveSchemas.has(schema as z.ZodType);
}

/** Whether a schema or any schema inside of it was marked by `sensitive`. */
export function holdsSensitive(schema: z.core.$ZodType, seen = new Set<z.core.$ZodType>()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  return isSensitive(schema) || schemasBelow(schema).some((below) => holdsSensitive(below, seen));
}

/** The schemas that a schema is made of, one level down. */
function schemasBelow({ _zod: { def } }: z.core.$ZodType): z.core.$ZodType[] {
  const { getter } = def as { readonly getter?: () => z.core.$ZodType }; // only a lazy schema has one
  const parts = Object.values(def).flatMap((part: unknown) =>
    typeof part === "object" && part !== null && !isSchema(part) ? Object.values(part) : [part],
  );
  return [...parts, getter?.()].filter(isSchema);
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === "object" && value !== null && "_zod" in value;
}

/** The fields of an input, an output or a model. */
export type Shape = Readonly<Record<string, z.ZodType>>;
