// How the constraints of two schemas of one type differ: which are tighter now, which looser.

import type { SchemaForm } from "../form/contract-form.ts";
import type { Difference } from "./difference.ts";

/** What a greater measure means. */
const bounds = {
  minLength: "tighter",
  minimum: "tighter",
  exclusiveMinimum: "tighter",
  minItems: "tighter",
  maxLength: "looser",
  maximum: "looser",
  exclusiveMaximum: "looser",
  maxItems: "looser",
} as const;

/** What is compared elsewhere. All that is neither here nor a bound is a constraint without a measure. */
const structure = new Set([
  ...["type", "const", "enum", "default", "properties", "required", "additionalProperties", "items"],
  ...["anyOf", "oneOf", "$ref"],
]);

/** The differences of constraints. */
export function constraintDifferences(a: SchemaForm, b: SchemaForm, path: string): Difference[] {
  return [
    ...Object.entries(bounds).flatMap(([name, greater]) => boundDifference(name, greater, a[name], b[name], path)),
    ...marksOf(a, b).flatMap((name) => markDifference(name, a[name], b[name], path)),
  ];
}

function marksOf(a: SchemaForm, b: SchemaForm): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !structure.has(name) && !Object.hasOwn(bounds, name));
}

function boundDifference(
  name: string,
  greater: "tighter" | "looser",
  before: unknown,
  after: unknown,
  path: string,
): Difference[] {
  if (before === after) return [];
  const isTighter =
    before === undefined || (after !== undefined && Number(after) > Number(before) === (greater === "tighter"));
  return [{ path, kind: isTighter ? "tightened" : "loosened", what: measure(name, before, after) }];
}

/** To have one is tighter than to have none, and two are not comparable. */
function markDifference(name: string, before: unknown, after: unknown, path: string): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const kind = before === undefined ? "tightened" : after === undefined ? "loosened" : "changed";
  return [{ path, kind, what: measure(name, before, after) }];
}

function measure(name: string, before: unknown, after: unknown): string {
  const text = (value: unknown): string =>
    value === undefined ? "none" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return `${name} ${text(before)} to ${text(after)}`;
}
