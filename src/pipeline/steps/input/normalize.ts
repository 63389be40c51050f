// The first half of validation: every string of an input gets its one normal form before the schema looks at it.

import type { z } from "zod";
import type { Violation } from "../../../core/app-error.ts";
import { normalizeText } from "../../../core/text.ts";
import { collectionFiller } from "./empty-collections.ts";
import { fieldPath } from "./violations.ts";

const maxDepth = 64;

/** Brings a raw input into normal form; what has none is added to `violations`. */
export type Normalizer = (value: unknown, path: readonly PropertyKey[], violations: Violation[]) => unknown;

/**
 * The normalizer of a schema: strings are well-formed, NFC and without NUL; where the schema says uuid, lower case;
 * a missing list or map is empty.
 * zod's own checks let upper-case uuids and lone surrogates pass.
 */
export function normalizerOf(schema: z.core.$ZodType): Normalizer {
  const uuidFields = uuidFieldsOf(schema);
  const fill = collectionFiller(schema);
  return (value, path, violations) => {
    const normal = normalizeValue(value, path, violations);
    if (typeof normal !== "object" || normal === null) return normal;
    const fields = normal as Record<string, unknown>; // an object has string keys
    for (const field of uuidFields) {
      const text = fields[field];
      if (typeof text === "string") fields[field] = text.toLowerCase();
    }
    fill?.(fields);
    return normal;
  };
}

function uuidFieldsOf(schema: z.core.$ZodType): string[] {
  if (!("shape" in schema)) return [];
  const shape = schema.shape as Record<string, z.core.$ZodType>; // only object schemas have a shape
  return Object.keys(shape).filter((name) => isUuid(shape[name]));
}

function isUuid(schema: z.core.$ZodType | undefined): boolean {
  const definition = schema?._zod.def as { format?: string; innerType?: z.core.$ZodType } | undefined;
  if (definition?.format === "uuid" || definition?.format === "guid") return true;
  return definition?.innerType !== undefined && isUuid(definition.innerType);
}

function normalizeValue(value: unknown, path: readonly PropertyKey[], violations: Violation[]): unknown {
  if (typeof value === "string") return normalizeString(value, path, violations);
  if (typeof value !== "object" || value === null) return value;
  if (path.length >= maxDepth) {
    violations.push({ path: fieldPath(path), message: `Nested deeper than ${maxDepth} levels`, rule: "too_deep" });
    return undefined;
  }
  if (Array.isArray(value)) return value.map((item, index) => normalizeValue(item, [...path, index], violations));
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]; // an object has string keys
    const name = normalizeText(key) === key ? key : JSON.stringify(key);
    const normal =
      (typeof item === "string" ? normalizeText(item) : undefined) ?? normalizeValue(item, [...path, name], violations);
    // A plain assignment to __proto__ would set the prototype instead of a field that the schema can refuse.
    if (name === "__proto__") Object.defineProperty(result, name, { value: normal, enumerable: true });
    else result[name] = normal;
  }
  return result;
}

function normalizeString(text: string, path: readonly PropertyKey[], violations: Violation[]): string {
  const normal = normalizeText(text);
  if (normal !== undefined) return normal;
  violations.push({ path: fieldPath(path), message: "Must be well-formed Unicode without NUL", rule: "invalid_text" });
  return "";
}
