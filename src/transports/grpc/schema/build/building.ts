// What the parts of the message builder share: where they are, what they make, and how they call each other.

import { z } from "zod";
import { type Numbering, nothingReserved } from "../numbering.ts";
import type { Field, MessageType } from "../wire-types.ts";
import type { Direction } from "./unwrap.ts";

/** A field that has no number yet. */
export type Draft = Omit<Field, "number">;

/** Where a message is being made. */
export interface Place {
  readonly message: MessageType;
  /** For problems: `messages.post input.items[]`. */
  readonly path: string;
  readonly direction: Direction;
  /** A property that the wire expresses otherwise: the discriminator of the union around it. */
  readonly omit: string | undefined;
  /** The unnamed schemas around it, to find one inside itself. */
  readonly around: readonly z.core.$ZodType[];
}

/** A schema that becomes a message. */
export type MessageSchema = z.core.$ZodObject | z.core.$ZodDiscriminatedUnion;

/** Adds the fields of an object, or the oneof of a discriminated union, to a new message. */
export type Fill = (schema: MessageSchema, place: Place) => void;

/** What a builder needs: where problems go, how members are numbered, the message of a model. */
export interface Building {
  readonly problems: string[];
  readonly numbering: Numbering;
  /** Undefined for a model that has no home; that problem is listed elsewhere. */
  readonly modelMessage: (name: string) => MessageType | undefined;
}

/** A new, empty message. */
export function emptyMessage(
  init: Pick<MessageType, "name" | "fullName" | "file"> & Partial<Pick<MessageType, "comment" | "discriminator">>,
): MessageType {
  return {
    comment: undefined,
    discriminator: undefined,
    ...init,
    fields: [],
    messages: [],
    enums: [],
    reserved: nothingReserved,
  };
}

/** Whether a schema is a discriminated union. */
export function isUnion(schema: z.core.$ZodType): schema is z.core.$ZodDiscriminatedUnion {
  return schema._zod.def.type === "union" && "discriminator" in schema._zod.def;
}

/** Whether a schema becomes a message of its own. */
export function isMessageSchema(schema: z.core.$ZodType): schema is MessageSchema {
  return schema._zod.def.type === "object" || isUnion(schema);
}

/** The discriminator of a union. */
export function discriminatorOf(schema: z.core.$ZodType): string | undefined {
  return isUnion(schema) ? schema._zod.def.discriminator : undefined;
}

/** The description that a schema carries. */
export function commentOf(schema: z.core.$ZodType): string | undefined {
  return z.globalRegistry.get(schema)?.description;
}
