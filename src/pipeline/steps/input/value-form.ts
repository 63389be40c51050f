// The one form of values that a schema leaves several for: a uuid is in lower case, since text is compared as it is
// written; a missing list or map is an empty one, since protobuf has no other form for either.

import type { z } from "zod";

/** Brings a value into form: gives it back, changed where it is an object. What is not of the schema stays as it is. */
export type ValueForm = (value: unknown) => unknown;

/**
 * The form of a schema's values; undefined where there is only one. A list or map with a default of its own is left to
 * that.
 */
export function valueForm(schema: z.core.$ZodType): ValueForm | undefined {
  return formOf(schema, new Map());
}

type Known = Map<z.core.$ZodType, ValueForm>;

function formOf(schema: z.core.$ZodType, known: Known): ValueForm | undefined {
  const inner = innermost(schema);
  const before = known.get(inner);
  if (before !== undefined) return before;
  // A schema that leads back to itself is met again while its form is made.
  let made: ValueForm | undefined;
  known.set(inner, (value) => (made === undefined ? value : made(value)));
  made = madeFor(inner, known);
  if (made === undefined) known.delete(inner);
  return made;
}

function madeFor(schema: z.core.$ZodType, known: Known): ValueForm | undefined {
  const { def } = schema._zod as { readonly def: z.core.$ZodTypes["_zod"]["def"] };
  switch (def.type) {
    case "string":
      return isUuid(def as z.core.$ZodStringFormatDef) ? lowerCase : undefined; // `format` is looked at, and may be missing
    case "object":
      return objectForm(def.shape, known);
    case "array":
      return eachForm(def.element, known);
    case "record":
      return eachForm(def.valueType, known);
    case "union":
      return unionForm(def as z.core.$ZodDiscriminatedUnionDef, known);
    default:
      return undefined;
  }
}

function isUuid({ format }: z.core.$ZodStringFormatDef): boolean {
  return format === "uuid" || format === "guid";
}

function lowerCase(value: unknown): unknown {
  return typeof value === "string" ? value.toLowerCase() : value;
}

function objectForm(shape: z.core.$ZodShape, known: Known): ValueForm | undefined {
  const empty: [name: string, type: "array" | "record"][] = [];
  const fields: [name: string, form: ValueForm][] = [];
  for (const [name, field] of Object.entries(shape)) {
    const { type } = innermost(field)._zod.def;
    if ((type === "array" || type === "record") && !hasDefault(field)) empty.push([name, type]);
    const form = formOf(field, known);
    if (form !== undefined) fields.push([name, form]);
  }
  if (empty.length === 0 && fields.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return value;
    for (const [name, type] of empty) if (value[name] === undefined) value[name] = type === "array" ? [] : {};
    for (const [name, form] of fields) if (value[name] !== undefined) value[name] = form(value[name]);
    return value;
  };
}

function eachForm(of: z.core.$ZodType, known: Known): ValueForm | undefined {
  const form = formOf(of, known);
  if (form === undefined) return undefined;
  return (value) => {
    if (Array.isArray(value)) return value.map(form);
    if (isObject(value)) for (const name of Object.keys(value)) setField(value, name, form(value[name]));
    return value;
  };
}

/** Not by assignment, which of a name such as __proto__ would not be a field's. */
function setField(value: Record<string, unknown>, name: string, field: unknown): void {
  Object.defineProperty(value, name, { value: field, enumerable: true, writable: true, configurable: true });
}

function unionForm({ discriminator, options }: z.core.$ZodDiscriminatedUnionDef, known: Known): ValueForm | undefined {
  const forms = new Map<unknown, ValueForm>();
  for (const option of options) {
    const form = formOf(option, known);
    const tags = option._zod.propValues?.[discriminator];
    if (form !== undefined) for (const tag of tags ?? []) forms.set(tag, form);
  }
  if (forms.size === 0) return undefined;
  return (value) => (isObject(value) ? (forms.get(value[discriminator])?.(value) ?? value) : value);
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
