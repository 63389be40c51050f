// A field of an input or an item in words: how it is filled, and what its schema says of it.

import { type JsonSchema, withoutNull } from "./example.ts";

/** What stands in the place of a field's value: `integer`, `draft|final`. */
export function placeholder(schema: JsonSchema): string {
  if (schema.type === "array") return placeholder(withoutNull((schema.items ?? {}) as JsonSchema)); // JSON Schema has it so
  if (Array.isArray(schema.enum)) return schema.enum.join("|");
  if ("const" in schema) return String(schema.const);
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  if (schema.format === "date-time") return "time";
  return schema.format === "uuid" || schema.format === "date" ? schema.format : "text";
}

/** What a field's schema says: its description, bounds and default, and whether it is needed or may be repeated. */
export function fieldFacts(
  { required, list }: { readonly required: boolean; readonly list: boolean },
  schema: JsonSchema,
): string {
  const { minimum, maximum, minLength, maxLength } = withoutNull(schema);
  const numbers = range(minimum, maximum, "");
  const lengths = range(minLength, maxLength, " characters");
  const fallback = schema.default === undefined || list ? undefined : `default ${JSON.stringify(schema.default)}`;
  const facts = [numbers ?? lengths, list ? "may be repeated" : undefined, required ? "required" : fallback];
  const text = facts.filter((fact) => fact !== undefined).join(", ");
  return typeof schema.description !== "string" ? text : `${schema.description}${text === "" ? "" : ` (${text})`}`;
}

/** The bounds that somebody chose: the ends of the safe integers say nothing. */
function range(least: unknown, most: unknown, unit: string): string | undefined {
  const from = typeof least === "number" && Number.MIN_SAFE_INTEGER < least ? least : undefined;
  const to = typeof most === "number" && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`;
  if (from !== undefined) return `at least ${from}${unit}`;
  return to === undefined ? undefined : `at most ${to}${unit}`;
}
