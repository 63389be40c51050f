// How one field of an input is carried as text, in a path, a query string or a flag: worked out from its schema, once.

import { z } from "zod";

/** A field that text can carry. */
export interface TextField {
  /** The value that a text stands for. What does not convert stays text, so that validation names it. */
  readonly convert: (text: string) => unknown;
  /** Whether the field is a list: its parameter may be repeated. */
  readonly list: boolean;
  /** Whether the schema wants a value. */
  readonly required: boolean;
}

type Kind = "string" | "number" | "boolean" | "null";

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The text form of a field's schema, or what is wrong with it. */
export function textFieldFrom(schema: z.core.$ZodType): TextField | string {
  const inner = unwrap(schema);
  const list = inner._zod.def.type === "array";
  const item = list ? (inner as z.core.$ZodArray)._zod.def.element : schema; // the type says that it is an array
  const kinds = new Set<Kind>();
  if (!collectKinds(item, kinds)) return "holds what text cannot carry: use scalars, or lists of scalars";
  const others = kinds.has("number") || kinds.has("boolean");
  if (kinds.has("string") && others) return "may be text or something else, which text cannot tell apart";
  if (kinds.has("string") && kinds.has("null") && z.safeParse(item, "null").success)
    return 'may be null or any text, and the text "null" cannot tell them apart: make it optional instead';
  if (list && isNullable(schema)) return "is a list that may be null, which text cannot say: make it optional instead";
  return { convert: converter(kinds), list, required: !z.safeParse(schema, undefined).success };
}

/** The schema under wrappers that change nothing about its form on the wire: optional, nullable, defaults, pipes. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod; // every schema of zod's is one of these
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "catch":
    case "readonly":
      return unwrap(def.innerType);
    case "pipe":
      return unwrap(def.in._zod.def.type === "transform" ? def.out : def.in);
    case "lazy":
      return unwrap(def.getter());
    default:
      return schema;
  }
}

function isNullable(schema: z.core.$ZodType): boolean {
  return z.safeParse(schema, null).success;
}

/** Adds the kinds of JSON scalar that a schema takes; false where it takes anything else. */
function collectKinds(schema: z.core.$ZodType, kinds: Set<Kind>): boolean {
  if (isWrapped(schema, "nullable")) kinds.add("null");
  const { def } = (unwrap(schema) as z.core.$ZodTypes)._zod; // every schema of zod's is one of these
  switch (def.type) {
    case "string":
    case "template_literal":
      kinds.add("string");
      return true;
    case "number":
    case "boolean":
    case "null":
      kinds.add(def.type);
      return true;
    case "literal":
      return def.values.every((value) => addKindOf(value, kinds));
    case "enum":
      return Object.values(def.entries).every((value) => addKindOf(value, kinds));
    case "union":
      return def.options.every((option) => collectKinds(option, kinds));
    default:
      return false;
  }
}

function isWrapped(schema: z.core.$ZodType, type: string): boolean {
  if (schema._zod.def.type === type) return true;
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType }; // wrappers have one
  return innerType !== undefined && isWrapped(innerType, type);
}

function addKindOf(value: unknown, kinds: Set<Kind>): boolean {
  const kind = value === null ? "null" : typeof value;
  if (kind !== "string" && kind !== "number" && kind !== "boolean" && kind !== "null") return false;
  kinds.add(kind);
  return true;
}

function converter(kinds: ReadonlySet<Kind>): (text: string) => unknown {
  if (kinds.size === 1 && kinds.has("string")) return (text) => text;
  const nullable = kinds.has("null");
  const boolean = kinds.has("boolean");
  const number = kinds.has("number");
  return (text) => {
    if (nullable && text === "null") return null;
    if (boolean && (text === "true" || text === "false")) return text === "true";
    if (number && jsonNumber.test(text) && Number.isFinite(Number(text))) return Number(text);
    return text;
  };
}
