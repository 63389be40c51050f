// Takes the wrappers off a schema (optional, default, lazy, …) until what the wire must carry is left.

import type { z } from "zod";
import { modelInfo } from "../../../../contract/model.ts";
import { wireKindOf } from "../../../../contract/schema.ts";

/** Which side of a pipe crosses the wire: what a caller gives, or what he gets. */
export type Direction = "input" | "output";

/** A schema without its wrappers. */
export interface Unwrapped {
  readonly schema: z.core.$ZodTypes;
  readonly optional: boolean;
  readonly nullable: boolean;
}

const deepest = 64;

/** The schema inside the wrappers; undefined where it has no end or no describable type (a transform in an output). */
export function unwrap(schema: z.core.$ZodType, direction: Direction): Unwrapped | undefined {
  let optional = false;
  let nullable = false;
  let inner = schema as z.core.$ZodTypes; // the closed list of zod's own classes; custom ones end in `default` below
  for (let depth = 0; depth < deepest; depth++) {
    if (isNamed(inner)) return { schema: inner, optional, nullable };
    const { def } = inner._zod;
    if (def.type === "optional") optional = true;
    if (def.type === "nullable") nullable = true;
    const next = insideOf(inner, direction);
    if (next === undefined) return def.type === "transform" ? undefined : { schema: inner, optional, nullable };
    if (def.type === "union") nullable = true;
    inner = next as z.core.$ZodTypes; // as above
  }
  return undefined;
}

function insideOf(schema: z.core.$ZodTypes, direction: Direction): z.core.$ZodType | undefined {
  const { def } = schema._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
    case "nonoptional":
      return def.innerType;
    case "lazy":
      return def.getter();
    case "pipe":
      return pipeSide(def, direction);
    case "union":
      return besideNull(def);
    default:
      return undefined;
  }
}

function pipeSide(def: z.core.$ZodPipeDef, direction: Direction): z.core.$ZodType {
  if (direction === "output") return def.out;
  return isTransform(def.in) ? def.out : def.in;
}

/** `X | null` written as a union. */
function besideNull(def: z.core.$ZodUnionDef): z.core.$ZodType | undefined {
  if (def.options.length !== 2) return undefined;
  const [first, second] = def.options;
  if (first?._zod.def.type === "null") return second;
  return second?._zod.def.type === "null" ? first : undefined;
}

function isTransform(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === "transform";
}

/** Whether the contract itself says what a schema is on the wire. */
function isNamed(schema: z.core.$ZodType): boolean {
  return wireKindOf(schema) !== undefined || modelInfo(schema) !== undefined;
}
