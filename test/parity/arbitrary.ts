// Inputs for an operation, made from its schema: mostly near what is allowed, so that valid and broken ones both come.

import fc from "fast-check";
import type { Operation } from "trivium/contract";
import { z } from "zod";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

const uuids = fc.oneof(
  { weight: 6, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: fc.uuid().map((id) => id.toUpperCase()) },
  { weight: 1, arbitrary: fc.constantFrom("", "not-a-uuid", "00000000-0000-0000-0000-000000000000", " ", "a/b?c#d%e") },
);

const times = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  { weight: 1, arbitrary: fc.constantFrom("2026-11-23T01:00:00+01:00", "2026-11-23T00:00:00.123456Z") },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "yesterday", "2026-11-23", "2026-02-30T00:00:00Z") },
);

/** A field that no operation has. */
export const unknownField = "colour";

/** Any input of the operation: fields may be missing, empty, at and beyond their limits, or not of their format. */
export function inputsOf(operation: Operation): fc.Arbitrary<Record<string, unknown>> {
  return objectsOf(operation.input);
}

/** Items of a stream: none to four, each as the inputs of an operation are. */
export function itemsOf({ item }: Operation): fc.Arbitrary<Record<string, unknown>[]> {
  return item === undefined ? fc.constant([]) : fc.array(objectsOf(item), { maxLength: 4 });
}

function objectsOf(of: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
  // The input side: what a caller sends. JSON Schema, so that this knows nothing of how the foundation reads schemas.
  const schema = z.toJSONSchema(of, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const strange = fc.option(fc.constant({ [unknownField]: "red" }), { nil: {}, freq: 12 });
  return fc.tuple(objectOf(schema), strange).map(([input, extra]) => ({ ...input, ...extra }));
}

function objectOf(schema: JsonSchema): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    fc.option(arbitraryFor(field), { nil: undefined, freq: 8 }).map((value) => [name, value] as const),
  );
  return fc.tuple(...fields).map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

function arbitraryFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryFor));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "string":
      return stringOf(schema);
    case "integer":
      return fc.oneof(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(0, -1, 1, 100, 101, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
      );
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(arbitraryFor(schema.items ?? {}), { maxLength: 4 });
    case "object":
      return objectOf(schema);
    default:
      throw new Error(`no inputs for ${JSON.stringify(schema)}: teach this file the type`);
  }
}

function stringOf({ format, maxLength }: JsonSchema): fc.Arbitrary<string> {
  if (format === "uuid") return uuids;
  if (format === "date-time") return times;
  if (format === "email")
    return fc.oneof(fc.emailAddress(), fc.constantFrom("", "nobody", "A@B.example", " a@b.example "));
  const edges = [
    "",
    " ",
    "  padded  ",
    "e\u0301",
    "\0",
    "tab\tand\nline",
    "😀",
    "\u202e",
    "null",
    "true",
    "0",
    "a,b",
    "__proto__",
  ];
  const long =
    maxLength === undefined ? [] : ["x".repeat(maxLength), "é".repeat(maxLength + 1), "😀".repeat(maxLength)];
  return fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: "grapheme", minLength: 1 }) },
    { weight: 2, arbitrary: fc.constantFrom(...edges, ...long) },
  );
}
