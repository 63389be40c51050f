// The type of one value: a scalar, a well-known type, a model's message, or a message or enum nested for it.

import type { z } from "zod";
import { modelInfo } from "../../../../contract/model.ts";
import { wireKindOf } from "../../../../contract/schema.ts";
import { nestedTypeName } from "../names.ts";
import type { EnumType, MessageType, ValueType } from "../wire-types.ts";
import {
  type Building,
  discriminatorOf,
  emptyMessage,
  type Fill,
  isMessageSchema,
  type MessageSchema,
  type Place,
} from "./building.ts";
import { enumValues } from "./enum-values.ts";
import { scalarOf } from "./scalar-type.ts";

/** Finds or makes the types of values. Undefined means that a problem was listed. */
export interface TypeBuilder {
  /** The type of an unwrapped schema under a field. `ofItems`: of a list's or a map's items. */
  value(schema: z.core.$ZodTypes, key: string, ofItems: boolean, place: Place): ValueType | undefined;
  /** The message of a union's member, which is an object. */
  member(schema: z.core.$ZodTypes, tag: string, discriminator: string, place: Place): ValueType | undefined;
}

const deepest = 32;

/** Builds types; `fill` fills the nested messages. */
export function createTypeBuilder(building: Building, fill: Fill): TypeBuilder {
  /** What was nested already for a schema, per enclosing message, so that one schema is one type there. */
  const nested = new WeakMap<MessageType, Map<z.core.$ZodType, MessageType | EnumType>>();

  function value(schema: z.core.$ZodTypes, key: string, ofItems: boolean, place: Place): ValueType | undefined {
    const wireKind = wireKindOf(schema);
    if (wireKind === "bytes") return { kind: "scalar", scalar: "bytes" };
    if (wireKind !== undefined) return { kind: wireKind };
    const scalar = scalarOf(schema);
    if (scalar !== undefined) return { kind: "scalar", scalar };
    if (schema._zod.def.type === "enum") return enumValue(schema, schema._zod.def.entries, key, ofItems, place);
    if (isMessageSchema(schema))
      return messageValue(schema, [nestedTypeName(key, ofItems), nestedTypeName(key, false)], place);
    building.problems.push(`${place.path}: ${describe(schema)} has no gRPC form`);
    return undefined;
  }

  function messageValue(
    schema: MessageSchema,
    names: readonly string[],
    place: Place,
    omit?: string,
  ): ValueType | undefined {
    const info = modelInfo(schema);
    const known = info === undefined ? knownIn(place.message).get(schema) : building.modelMessage(info.name);
    if (known !== undefined && "fields" in known) return { kind: "message", message: known };
    if (info !== undefined) return undefined;
    if (place.around.includes(schema) || place.around.length > deepest) {
      building.problems.push(`${place.path}: an unnamed object inside itself has no gRPC form: make it a model`);
      return undefined;
    }
    const name = freeName(names, place);
    const message = emptyMessage({ ...homeIn(place.message, name), discriminator: discriminatorOf(schema) });
    knownIn(place.message).set(schema, message);
    place.message.messages.push(message);
    fill(schema, { ...place, message, omit });
    return { kind: "message", message };
  }

  function enumValue(
    schema: z.core.$ZodType,
    entries: z.core.util.EnumLike,
    key: string,
    ofItems: boolean,
    place: Place,
  ): ValueType | undefined {
    const known = knownIn(place.message).get(schema);
    if (known !== undefined && "values" in known) return { kind: "enum", enum: known };
    const name = freeName([nestedTypeName(key, ofItems), nestedTypeName(key, false)], place);
    const home = homeIn(place.message, name);
    const values = enumValues(home, Object.values(entries), place.path, building);
    const type: EnumType = { ...home, values, reserved: building.numbering.reserved(home.fullName) };
    knownIn(place.message).set(schema, type);
    place.message.enums.push(type);
    return { kind: "enum", enum: type };
  }

  function knownIn(message: MessageType): Map<z.core.$ZodType, MessageType | EnumType> {
    const map = nested.get(message) ?? new Map();
    nested.set(message, map);
    return map;
  }

  return {
    value,
    member(schema, tag, discriminator, place) {
      if (!isMessageSchema(schema)) return undefined;
      return messageValue(schema, [nestedTypeName(tag.replaceAll(/[. ]/g, "_"), false)], place, discriminator);
    },
  };
}

function freeName(names: readonly string[], { message }: Place): string {
  const taken = new Set([...message.messages, ...message.enums].map((type) => type.name));
  return names.find((name) => !taken.has(name)) ?? (names[0] as string); // a clash is listed where the message is closed
}

function homeIn(parent: MessageType, name: string): Pick<MessageType, "name" | "fullName" | "file"> {
  return { name, fullName: `${parent.fullName}.${name}`, file: parent.file };
}

const descriptions: Readonly<Record<string, string>> = {
  array: "a list inside a list or a map",
  record: "a map inside a list or a map",
  union: "a union without a discriminator",
  any: "a value of any type (use json())",
  unknown: "a value of unknown type (use json())",
  date: "a Date (use timestamp())",
  bigint: "a bigint (use z.int())",
};

function describe(schema: z.core.$ZodTypes): string {
  const { type } = schema._zod.def;
  return descriptions[type] ?? `a schema of the type "${type}"`;
}
