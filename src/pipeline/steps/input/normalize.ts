// The first half of validation: every string of an input gets its one normal form before the schema looks at it.

import type { z } from "zod";
import type { Violation } from "../../../core/app-error.ts";
import { normalizeText } from "../../../core/text.ts";
import { valueForm } from "./value-form.ts";
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
  const form = valueForm(schema);
  if (form === undefined) return normalizeValue;
  return (value, path, violations) => form(normalizeValue(value, path, violations));
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
