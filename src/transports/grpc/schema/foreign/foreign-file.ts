// Messages that others defined (google.rpc, grpc.health, grpc.reflection), written down in the same form as our own.

import { defaultJsonName } from "../names.ts";
import { nothingReserved } from "../numbering.ts";
import type { EnumType, Field, MessageType, ValueType } from "../wire-types.ts";

/** A field as it is written down: its type, a type in a list, or a map from texts. */
export type ForeignField =
  | ValueType
  | { readonly repeated: ValueType }
  | { readonly map: ValueType }
  | { readonly oneof: string; readonly of: ValueType };

/** The scalar types, for brevity. */
export const text: ValueType = { kind: "scalar", scalar: "string" };
export const int32: ValueType = { kind: "scalar", scalar: "int32" };
export const bytes: ValueType = { kind: "scalar", scalar: "bytes" };

/** Makes the messages of one foreign file. */
export function foreignFile(
  path: string,
  packageName: string,
): {
  /** `name` is dotted for a nested message; what is nested in this one is given as `nested`. */
  message(
    name: string,
    fields: Readonly<Record<string, readonly [number, ForeignField]>>,
    nested?: Partial<Pick<MessageType, "messages" | "enums">>,
  ): MessageType;
  enumOf(parent: string, name: string, values: readonly string[]): EnumType;
} {
  return {
    message: (name, fields, nested = {}) => ({
      name: name.slice(name.lastIndexOf(".") + 1),
      fullName: `${packageName}.${name}`,
      file: path,
      comment: undefined,
      discriminator: undefined,
      fields: Object.entries(fields).map(([field, [number, form]]) => foreignField(field, number, form)),
      messages: nested.messages ?? [],
      enums: nested.enums ?? [],
      reserved: nothingReserved,
    }),
    enumOf: (parent, name, values) => ({
      name,
      fullName: `${packageName}.${parent}.${name}`,
      file: path,
      values: values.map((value, number) => ({ name: value, number, text: value })),
      reserved: nothingReserved,
    }),
  };
}

/** A type that is a message. */
export function messageType(message: MessageType): ValueType {
  return { kind: "message", message };
}

function foreignField(name: string, number: number, form: ForeignField): Field {
  const key = defaultJsonName(name);
  const common = { key, name, jsonName: key, number, oneof: undefined, tag: undefined, comment: undefined };
  if ("repeated" in form) return { ...common, type: form.repeated, cardinality: "repeated" };
  if ("map" in form) return { ...common, type: form.map, cardinality: "map" };
  if ("oneof" in form) return { ...common, type: form.of, cardinality: "single", oneof: form.oneof };
  return { ...common, type: form, cardinality: form.kind === "scalar" || form.kind === "enum" ? "implicit" : "single" };
}
