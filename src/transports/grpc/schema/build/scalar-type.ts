// The protobuf scalar of a schema that has one.

import type { z } from "zod";
import type { Scalar } from "../wire-types.ts";

/** The scalar; undefined for everything that is not one. */
export function scalarOf(schema: z.core.$ZodTypes): Scalar | undefined {
  const { def } = schema._zod;
  switch (def.type) {
    case "string":
    case "template_literal":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return numberScalar(formatsOf(def));
    case "literal":
      return literalScalar(def.values);
    default:
      return undefined;
  }
}

/** The formats that a number has by itself (`z.int32()`) and by its checks (`z.number().int()`). */
function formatsOf(def: z.core.$ZodNumberDef): unknown[] {
  const checks = (def.checks ?? []).map((check) => check._zod.def as { readonly format?: unknown }); // number checks may have one
  return [def, ...checks].map((each) => ("format" in each ? each.format : undefined));
}

function numberScalar(formats: readonly unknown[]): Scalar {
  if (formats.includes("int32")) return "int32";
  return formats.includes("safeint") || formats.includes("uint32") ? "int64" : "double";
}

function literalScalar(values: readonly unknown[]): Scalar | undefined {
  if (values.every((value) => typeof value === "string")) return "string";
  if (values.every((value) => typeof value === "boolean")) return "bool";
  if (values.every((value) => Number.isSafeInteger(value))) return "int64";
  return values.every((value) => typeof value === "number") ? "double" : undefined;
}
