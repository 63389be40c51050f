// Example command lines, for help: from the contract's own example, else made up from its schema.

import { z } from "zod";
import { type Operation, takesMany } from "../../../contract/operation.ts";
import type { RegisteredOperation } from "../../../contract/registry.ts";
import { type FieldFlag, inputFlags } from "../flags.ts";

/** A part of a JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of each field of an input, or of an item. */
export function fieldSchemas(of: z.ZodObject): Readonly<Record<string, JsonSchema>> {
  const { properties } = z.toJSONSchema(of, { io: "input", unrepresentable: "any" });
  return (properties ?? {}) as Record<string, JsonSchema>; // a property that is true or false is never made here
}

/** The words after the program's name that call an operation: `["messages", "post"]`. */
export type CommandPath = readonly string[];

/** A command line that could be typed. */
export function exampleLine(app: string, path: CommandPath, { contract }: RegisteredOperation): string {
  const { fields, others } = inputFlags(contract);
  const input = contract.example ?? madeUpInput(contract, fields);
  const flags = fields.flatMap((field) => (Object.hasOwn(input, field.name) ? flagText(field, input[field.name]) : []));
  const rest = Object.entries(input).filter(([name]) => others.includes(name));
  const json = rest.length === 0 ? [] : [`--input ${quoted(JSON.stringify(Object.fromEntries(rest)))}`];
  const line = [app, ...path, ...flags, ...json].join(" ");
  return takesMany(contract) ? `echo ${quoted(exampleItem(contract))} | ${line}` : line;
}

/** An item of a stream, as JSON: the fields that it needs. */
export function exampleItem({ item }: Operation): string {
  if (item === undefined) return "{}";
  const fields = Object.entries(fieldSchemas(item)).filter(([name]) => isRequired(item, name));
  return JSON.stringify(Object.fromEntries(fields.map(([name, schema]) => [name, madeUp(withoutNull(schema))])));
}

/** Whether an object needs a field. */
export function isRequired({ shape }: z.ZodObject, name: string): boolean {
  return shape[name]?.safeParse(undefined).success === false;
}

function flagText({ flag, negation, clearing }: FieldFlag, value: unknown): string[] {
  if (Array.isArray(value)) return value.map((item) => `${flag} ${quoted(String(item))}`);
  if (value === null) return clearing === undefined ? [] : [clearing];
  if (value === true && negation !== undefined) return [flag];
  if (value === false && negation !== undefined) return [negation];
  return [`${flag} ${quoted(String(value))}`];
}

/** As a POSIX shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function madeUpInput(contract: Operation, fields: readonly FieldFlag[]): Readonly<Record<string, unknown>> {
  const schemas = fieldSchemas(contract.input);
  const needed = fields.filter(({ required }) => required);
  return Object.fromEntries(
    needed.map(({ name, list }) => {
      const value = madeUp(withoutNull(schemas[name] ?? {}));
      return [name, list && !Array.isArray(value) ? [value] : value];
    }),
  );
}

const byFormat: Readonly<Record<string, string>> = {
  uuid: "01932c5e-7a10-7c3f-9d2a-0123456789ab",
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  email: "ann@example.org",
  uri: "https://example.org",
};

function madeUp(schema: JsonSchema): unknown {
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (schema.type) {
    case "integer":
    case "number":
      return typeof schema.minimum === "number" && schema.minimum > 0 ? schema.minimum : 1;
    case "boolean":
      return true;
    case "array":
      return [madeUp(withoutNull((schema.items ?? {}) as JsonSchema))]; // JSON Schema has it so
    default:
      return byFormat[String(schema.format)] ?? "text";
  }
}

/** The schema of what is not null, where null is the alternative. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  if (!Array.isArray(schema.anyOf)) return schema;
  const { anyOf, ...rest } = schema;
  const [first] = anyOf.filter((option: JsonSchema) => option.type !== "null");
  return { ...first, ...rest };
}
