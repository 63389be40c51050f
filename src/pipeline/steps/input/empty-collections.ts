// A missing list or map is an empty one on every road: protobuf has no other form for either, so the others follow it.

import type { z } from "zod";

/** Puts empty lists and maps where an object has none. Changes the value it is given. */
export type CollectionFiller = (value: unknown) => void;

/**
 * The filler of a schema; undefined where there is nothing to fill. A list or map with a default of its own is left to
 * that.
 */
export function collectionFiller(schema: z.core.$ZodType): CollectionFiller | undefined {
  return fillerOf(schema, new Map());
}

type Known = Map<z.core.$ZodType, CollectionFiller>;

function fillerOf(schema: z.core.$ZodType, known: Known): CollectionFiller | undefined {
  const inner = innermost(schema);
  const before = known.get(inner);
  if (before !== undefined) return before;
  // A schema that leads back to itself is met again while its filler is made.
  let made: CollectionFiller | undefined;
  known.set(inner, (value) => made?.(value));
  made = madeFor(inner, known);
  if (made === undefined) known.delete(inner);
  return made;
}

function madeFor(schema: z.core.$ZodType, known: Known): CollectionFiller | undefined {
  const { def } = schema._zod as { readonly def: z.core.$ZodTypes["_zod"]["def"] };
  switch (def.type) {
    case "object":
      return objectFiller(def.shape, known);
    case "array":
      return eachFiller(def.element, known);
    case "record":
      return eachFiller(def.valueType, known);
    case "union":
      return unionFiller(def as z.core.$ZodDiscriminatedUnionDef, known);
    default:
      return undefined;
  }
}

function objectFiller(shape: z.core.$ZodShape, known: Known): CollectionFiller | undefined {
  const empty: [name: string, type: "array" | "record"][] = [];
  const below: [name: string, fill: CollectionFiller][] = [];
  for (const [name, field] of Object.entries(shape)) {
    const { type } = innermost(field)._zod.def;
    if ((type === "array" || type === "record") && !hasDefault(field)) empty.push([name, type]);
    const fill = fillerOf(field, known);
    if (fill !== undefined) below.push([name, fill]);
  }
  if (empty.length === 0 && below.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return;
    for (const [name, type] of empty) if (value[name] === undefined) value[name] = type === "array" ? [] : {};
    for (const [name, fill] of below) fill(value[name]);
  };
}

function eachFiller(of: z.core.$ZodType, known: Known): CollectionFiller | undefined {
  const fill = fillerOf(of, known);
  if (fill === undefined) return undefined;
  return (value) => {
    if (typeof value === "object" && value !== null) for (const item of Object.values(value)) fill(item);
  };
}

function unionFiller(
  { discriminator, options }: z.core.$ZodDiscriminatedUnionDef,
  known: Known,
): CollectionFiller | undefined {
  const fillers = new Map<unknown, CollectionFiller>();
  for (const option of options) {
    const fill = fillerOf(option, known);
    const tags = option._zod.propValues?.[discriminator];
    if (fill !== undefined) for (const tag of tags ?? []) fillers.set(tag, fill);
  }
  if (fillers.size === 0) return undefined;
  return (value) => {
    if (isObject(value)) fillers.get(value[discriminator])?.(value);
  };
}

/** What is inside of optional, nullable, default and the like. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : innermost(innerType);
}

function hasDefault(schema: z.core.$ZodType): boolean {
  const { type, innerType } = schema._zod.def as { readonly type: string; readonly innerType?: z.core.$ZodType };
  return type === "default" || type === "prefault" || (innerType !== undefined && hasDefault(innerType));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
