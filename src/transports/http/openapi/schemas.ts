// JSON Schemas of an app's zod schemas (draft 2020-12, as OpenAPI 3.1 has it), with each model as a component of its own.

import { createHash } from "node:crypto";
import { z } from "zod";
import { modelInfo } from "../../../contract/model.ts";
import { isSensitive, wireKindOf } from "../../../contract/schema.ts";

/** A part of an OpenAPI document. */
export type JsonObject = Record<string, unknown>;

type Direction = "input" | "output";

const converterOptions = { target: "draft-2020-12", unrepresentable: "any" } as const;

const anyJson: JsonObject = { description: "Any JSON value" };

function isAnyJson(json: JsonObject): boolean {
  return JSON.stringify(json) === JSON.stringify(anyJson);
}

/** Converts schemas and collects the models that they use. */
export class SchemaBook {
  /** The models found so far, by component name. */
  readonly components = new Map<string, JsonObject>();
  readonly #names = new Map<string, string>();

  /** The JSON Schema of a schema; a reference where it is a model or holds itself. */
  schemaOf(schema: z.core.$ZodType, direction: Direction): JsonObject {
    const info = modelInfo(schema);
    if (info !== undefined) return this.#reference(schema, info.name, direction);
    const json = this.#convert(schema, direction);
    if (!JSON.stringify(json).includes('"$ref":"#"')) return this.#placed(json, "");
    const name = unnamed(json);
    this.components.set(name, this.#placed(json, name));
    return referenceTo(name);
  }

  /** A model by reference. An input that differs from the output of the same model is a component of its own. */
  #reference(schema: z.core.$ZodType, name: string, direction: Direction): JsonObject {
    const key = `${direction} ${name}`;
    const known = this.#names.get(key);
    if (known !== undefined) return referenceTo(known);
    const chosen = direction === "input" && differsByDirection(schema) ? `${name}Input` : name;
    this.#names.set(key, chosen); // before it is converted: models may hold each other
    this.components.set(chosen, this.#placed(this.#convert(schema, direction), chosen));
    return referenceTo(chosen);
  }

  #convert(root: z.core.$ZodType, direction: Direction): JsonObject {
    const { $schema: _, ...json } = z.toJSONSchema(root, {
      ...converterOptions,
      io: direction,
      override: ({ zodSchema, jsonSchema }) => {
        const info = modelInfo(zodSchema);
        if (info !== undefined && zodSchema !== root)
          replace(jsonSchema, this.#reference(zodSchema, info.name, direction));
        else shapeByKind(zodSchema, jsonSchema, direction);
      },
    });
    return json;
  }

  /** The same schema for its place inside a larger document, where `#` and `#/$defs` would mean something else. */
  #placed({ $defs = {}, ...json }: JsonObject, name: string): JsonObject {
    const targets = new Map<string, JsonObject>([["#", referenceTo(name)]]);
    const definitions = Object.entries($defs as Record<string, JsonObject>); // JSON Schema has it so
    for (const [key, definition] of definitions)
      targets.set(`#/$defs/${key}`, isAnyJson(definition) ? anyJson : referenceTo(unnamed(definition)));
    for (const [, definition] of definitions)
      if (!isAnyJson(definition))
        this.components.set(unnamed(definition), withTargets(definition, targets) as JsonObject); // an object stays one
    return withTargets(json, targets) as JsonObject; // an object stays one
  }
}

function differsByDirection(schema: z.core.$ZodType): boolean {
  const text = (io: Direction): string =>
    JSON.stringify(z.toJSONSchema(schema, { ...converterOptions, io })).replaceAll(',"additionalProperties":false', "");
  return text("input") !== text("output");
}

/** The name of a schema that has none: the same for the same content. */
function unnamed(json: JsonObject): string {
  return `Schema${createHash("sha256").update(JSON.stringify(json)).digest("hex").slice(0, 8)}`;
}

function withTargets(value: unknown, targets: ReadonlyMap<string, JsonObject>): unknown {
  if (Array.isArray(value)) return value.map((item) => withTargets(item, targets));
  if (typeof value !== "object" || value === null) return value;
  const { $ref, ...rest } = value as { readonly $ref?: unknown };
  const target = typeof $ref === "string" ? targets.get($ref) : undefined;
  const entries = Object.entries(target === undefined ? value : { ...target, ...rest });
  return Object.fromEntries(entries.map(([key, item]) => [key, key === "$ref" ? item : withTargets(item, targets)]));
}

/** What zod alone cannot tell, or tells too narrowly. */
function shapeByKind(schema: z.core.$ZodType, json: JsonObject, direction: Direction): void {
  const kind = wireKindOf(schema);
  if (typeof json.minLength === "number" && json.pattern === undefined && isTrimmed(schema))
    json.pattern = trimmedPattern(json.minLength);
  if (kind === "timestamp") replace(json, { type: "string", format: "date-time" });
  else if (kind === "bytes")
    delete json.format; // contentEncoding says it
  else if (isSensitive(schema) && json.type === "string")
    json.format ??= "password"; // viewers hide it
  else if (kind === "json") replace(json, anyJson);
  else if (direction === "output" && json.additionalProperties === false) delete json.additionalProperties; // an answer may gain fields
}

/** Whether a string is trimmed before its length counts: zod keeps only the function that does it. */
function isTrimmed(schema: z.core.$ZodType): boolean {
  return (schema._zod.def.checks ?? []).some(({ _zod: { def } }) => {
    const { tx } = def as { readonly tx?: (text: string) => string }; // the check `overwrite` has it
    return def.check === "overwrite" && tx?.(" a ") === "a";
  });
}

/** Text of which at least so many characters remain when it is trimmed. */
function trimmedPattern(minLength: number): string {
  return minLength < 2 ? "\\S" : `\\S[\\s\\S]{${minLength - 2},}\\S`;
}

function replace(target: JsonObject, source: JsonObject): void {
  const { description, title } = target;
  for (const key of Object.keys(target)) delete target[key];
  if (title !== undefined) target.title = title;
  if (description !== undefined) target.description = description;
  Object.assign(target, source);
}

/** A reference to a component schema. */
export function referenceTo(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
