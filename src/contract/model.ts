// A model: a named schema. What an operation answers, an event carries and a table keeps.

import { z } from "zod";
import type { Shape } from "./schema.ts";

/** A zod object with a name: usable wherever a schema is. */
export type Model<S extends Shape = Shape> = z.ZodObject<S>;

interface ModelInfo {
  readonly name: string;
  readonly owner: string | undefined;
}

const models = z.registry<ModelInfo>();

/** What a model may say beside its fields. */
export interface ModelOptions {
  /** The service whose gRPC package holds the message. Needed when several services use the model. */
  readonly owner?: string;
}

/**
 * Declares a model. The name is its gRPC message name and its OpenAPI component: PascalCase, unique in the app.
 * A schema derived from it (`pick`, `extend`, …) is an unnamed schema again.
 *
 * @example const Message = model("Message", { id: z.uuid(), body: z.string(), version: z.int() });
 */
export function model<S extends Shape>(name: string, shape: S, options: ModelOptions = {}): Model<S> {
  const schema = z.object(shape);
  models.add(schema, { name, owner: options.owner });
  return schema;
}

/** The name and owner of a schema that `model` made; undefined for all others. */
export function modelInfo(schema: z.core.$ZodType): ModelInfo | undefined {
  return models.get(schema as Model);
}
