// One field of a table: which column keeps it and how a missing value is read. Worked out once from its schema.

import type { z } from "zod";
import { wireKindOf } from "../contract/schema.ts";
import { normalizeText, snakeCase } from "../core/text.ts";

/**
 * How a field is kept. In SQL: `text` any column whose values are text to the outside (text, uuid, date, an enum),
 * `integer` int4 or int8, `number` float8, `timestamp` timestamptz(3), `bytes` bytea, `document` jsonb.
 */
export type ColumnKind = "text" | "integer" | "number" | "boolean" | "timestamp" | "bytes" | "document";

/** A field of a table. */
export interface TableField {
  readonly name: string;
  /** The SQL name. */
  readonly column: string;
  readonly kind: ColumnKind;
  /** Whether there may be no value: NULL in SQL. */
  readonly nullable: boolean;
  /** Whether a missing value is read as an absent field instead of null. */
  readonly absent: boolean;
  /** Whether the field is a UUID that the table may make. */
  readonly uuid: boolean;
  /** The schema's default, for inserts that leave the field out. */
  readonly fallback: (() => unknown) | undefined;
  /** Whether a value that came from outside can stand in a comparison with the column. Scalars only. */
  readonly accepts: (value: unknown) => boolean;
}

type Schema = z.core.$ZodTypes;

interface Unwrapped {
  readonly inner: Schema;
  readonly optional: boolean;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

/** The field of a schema; undefined where no column can keep its values as they are. */
export function tableField(name: string, schema: z.ZodType): TableField | undefined {
  const { inner, optional, nullable, hasDefault } = unwrap(schema as unknown as Schema); // the union of all its kinds
  const kind = kindOf(inner);
  if (kind === undefined) return undefined;
  return {
    name,
    column: snakeCase(name),
    kind,
    nullable: optional || nullable,
    absent: optional && !nullable,
    uuid: formatOf(inner) === "uuid",
    fallback: hasDefault ? () => schema.parse(undefined) : undefined,
    accepts: acceptor(kind, inner),
  };
}

function unwrap(schema: Schema): Unwrapped {
  let inner = schema;
  let optional = false;
  let nullable = false;
  let hasDefault = false;
  for (;;) {
    const def = inner._zod.def;
    if (def.type === "optional") optional ||= !hasDefault;
    else if (def.type === "nullable") nullable = true;
    else if (def.type === "default" || def.type === "prefault") hasDefault = true;
    else if (def.type !== "readonly" && def.type !== "pipe") return { inner, optional, nullable, hasDefault };
    inner = (def.type === "pipe" ? def.out : def.innerType) as Schema; // as above
  }
}

function kindOf(schema: Schema): ColumnKind | undefined {
  const wire = wireKindOf(schema);
  if (wire === "timestamp" || wire === "bytes") return wire;
  if (wire === "duration") return "text";
  if (wire === "json") return "document";
  const def = schema._zod.def;
  switch (def.type) {
    case "string":
    case "template_literal":
      return "text";
    case "number":
      return "isInt" in schema && schema.isInt ? "integer" : "number";
    case "boolean":
      return "boolean";
    case "enum":
      return kindOfValues(Object.values(def.entries));
    case "literal":
      return kindOfValues(def.values);
    case "union":
      return commonKind(def.options.map((option) => kindOf(option as Schema))); // as above
    case "object":
    case "array":
    case "tuple":
    case "record":
    case "intersection":
    case "lazy":
    case "any":
    case "unknown":
    case "null":
      return "document";
    default:
      return undefined;
  }
}

function kindOfValues(values: readonly unknown[]): ColumnKind {
  if (values.every((value) => typeof value === "string")) return "text";
  if (values.every((value) => Number.isSafeInteger(value))) return "integer";
  if (values.every((value) => typeof value === "number")) return "number";
  return values.every((value) => typeof value === "boolean") ? "boolean" : "document";
}

function commonKind(kinds: readonly (ColumnKind | undefined)[]): ColumnKind | undefined {
  if (kinds.includes(undefined)) return undefined;
  return new Set(kinds).size === 1 ? kinds[0] : "document";
}

function formatOf(schema: Schema): string | undefined {
  const def = schema._zod.def;
  return def.type === "string" ? (def as { readonly format?: string }).format : undefined; // formats extend the plain string
}

function acceptor(kind: ColumnKind, schema: Schema): (value: unknown) => boolean {
  switch (kind) {
    case "integer":
      return Number.isSafeInteger;
    case "number":
      return Number.isFinite;
    case "boolean":
      return (value) => typeof value === "boolean";
    case "text": {
      // A format may have a column type of its own (uuid, date); a plain string's other rules may be younger than rows.
      const open = schema._zod.def.type === "string" && formatOf(schema) === undefined;
      if (open) return (value) => typeof value === "string" && normalizeText(value) !== undefined;
      return (value) => (schema as unknown as z.ZodType).safeParse(value).success; // any schema can be asked
    }
    case "timestamp":
      return (value) => (schema as unknown as z.ZodType).safeParse(value).data === value; // likewise
    default:
      return () => false;
  }
}
