// JSON Schemas of zod schemas for the lock: models by reference, and nothing in them that changes without the contract.

import { z } from "zod";
import { modelInfo } from "../../contract/model.ts";
import { wireKindOf } from "../../contract/schema.ts";
import type { SchemaForm } from "./contract-form.ts";

/** What a caller gives, or what he gets. */
export type Direction = "input" | "output";

type Json = Record<string, unknown>;

/** Makes the forms of schemas, and collects the models that they use, one by one. */
export class SchemaForms {
  readonly models: Record<Direction, Record<string, SchemaForm>> = { input: {}, output: {} };

  /** The form of a schema; a reference where it is a model. */
  formOf(schema: z.core.$ZodType, direction: Direction): SchemaForm {
    const info = modelInfo(schema);
    return info === undefined
      ? this.#convert(schema, direction, undefined)
      : this.#reference(schema, info.name, direction);
  }

  #reference(schema: z.core.$ZodType, name: string, direction: Direction): SchemaForm {
    const models = this.models[direction];
    if (models[name] === undefined) {
      models[name] = {}; // before it is converted: models may hold each other
      models[name] = this.#convert(schema, direction, name);
    }
    return referenceTo(name);
  }

  #convert(root: z.core.$ZodType, direction: Direction, name: string | undefined): SchemaForm {
    const json: Json = z.toJSONSchema(root, {
      target: "draft-2020-12",
      unrepresentable: "any",
      io: direction,
      override: ({ zodSchema, jsonSchema }) => {
        const info = modelInfo(zodSchema);
        if (info !== undefined && zodSchema !== root)
          replace(jsonSchema, this.#reference(zodSchema, info.name, direction));
        else tidy(zodSchema, jsonSchema, direction);
      },
    });
    return resolved(json, name);
  }
}

function referenceTo(name: string): SchemaForm {
  return { $ref: `#/models/${name}` };
}

/** What people read (it may change at any time), and what the library adds to a format of its own accord. */
const words = ["$schema", "title", "description", "examples", "readOnly", "deprecated", "id"];

/** The formats whose pattern is the author's own. */
const affixes = new Set<unknown>(["starts_with", "ends_with", "includes"]);

function tidy(schema: z.core.$ZodType, json: Json, direction: Direction): void {
  for (const word of words) delete json[word];
  const kind = wireKindOf(schema);
  if (kind === "json") replace(json, {});
  if (kind === "bytes") replace(json, { type: "string", contentEncoding: "base64" });
  if (kind === "duration") replace(json, { type: "string", format: "duration" });
  if (json.format !== undefined && !affixes.has(json.format)) delete json.pattern;
  if (json.type === "integer" && json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.type === "integer" && json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  if (direction === "input") return;
  delete json.default;
  if (json.additionalProperties === false) delete json.additionalProperties; // an answer may gain fields
}

function replace(target: Json, source: SchemaForm): void {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, source);
}

/** `#` is the model itself; `#/$defs/…` is what the library took out by itself, put back where it does not hold itself. */
function resolved({ $schema: _, $defs = {}, ...json }: Json, name: string | undefined): SchemaForm {
  const definitions = $defs as Readonly<Record<string, Json>>; // JSON Schema has it so
  const put = (value: unknown, open: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => put(item, open));
    if (typeof value !== "object" || value === null) return value;
    const { $ref } = value as { readonly $ref?: unknown };
    if ($ref === "#" && name !== undefined) return referenceTo(name);
    const key = typeof $ref === "string" && $ref.startsWith("#/$defs/") ? $ref.slice("#/$defs/".length) : undefined;
    if (key !== undefined && definitions[key] !== undefined)
      return open.includes(key) ? { $ref } : put(definitions[key], [...open, key]);
    return Object.fromEntries(Object.entries(value).map(([each, item]) => [each, put(item, open)]));
  };
  return put(json, []) as SchemaForm; // an object stays one
}
