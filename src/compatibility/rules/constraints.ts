// How the constraints of two schemas of one type differ: which are tighter now, which looser.

import type { SchemaForm } from "../form/contract-form.ts";
import type { Difference } from "./difference.ts";

/** What a greater measure means. Listed are all of them; what else a schema says is compared elsewhere. */
const bounds = {
  minLength: "tighter",
  minimum: "tighter",
  exclusiveMinimum: "tighter",
  minItems: "tighter",
  minProperties: "tighter",
  maxLength: "looser",
  maximum: "looser",
  exclusiveMaximum: "looser",
  maxItems: "looser",
  maxProperties: "looser",
} as const;

/** Constraints without a measure: to have one is tighter than to have none, and two are not comparable. */
const marks = ["format", "pattern", "contentEncoding", "multipleOf", "uniqueItems", "propertyNames", "allOf", "not"];

/** The differences of constraints. */
export function constraintDifferences(a: SchemaForm, b: SchemaForm, path: string): Difference[] {
  return [
    ...Object.entries(bounds).flatMap(([name, greater]) => boundDifference(name, greater, a[name], b[name], path)),
    ...marks.flatMap((name) => markDifference(name, a[name], b[name], path)),
  ];
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
