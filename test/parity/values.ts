// Values that a schema allows: for answers and for details of failures.

import fc from "fast-check";
import { z } from "zod";

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
}

/** Any value that the schema allows; the schema itself has the last word. */
export function valuesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const described = z.toJSONSchema(schema, { unrepresentable: "any", reused: "inline" }) as JsonSchema;
  return arbitraryFor(described).filter((value) => schema.safeParse(value).success);
}

function arbitraryFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryFor));
  switch (schema.type) {
    case "string":
      return stringOf(schema.format);
    case "integer":
      return fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 1));
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(arbitraryFor(schema.items ?? {}), { maxLength: 3 });
    case "object":
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, arbitraryFor(field)])),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}: teach this file the type`);
  }
}

function stringOf(format: string | undefined): fc.Arbitrary<string> {
  switch (format) {
    case "uuid":
      return fc.uuid({ version: 7 });
    case "email":
      return fc.emailAddress();
    case "date":
      return times.map((text) => text.slice(0, 10));
    case "date-time":
      return times;
    default:
      return fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
  }
}

const times = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
  .map((date) => date.toISOString());
