// The messages of an app as plain data, for the lock that pins their numbers.

import type { Reserved } from "./numbering.ts";
import type { OperationMethod } from "./schema.ts";
import { type EnumType, type Field, type MessageType, type ProtoFile, type Scalar, typeNameOf } from "./wire-types.ts";

/** Messages, enums and methods by their full names; fields and values by number. Pure. */
export function wireForm(files: readonly ProtoFile[], methods: readonly OperationMethod[]) {
  const messages = files.flatMap((file) => file.messages.flatMap(withNested));
  return {
    messages: Object.fromEntries(messages.map(messageForm).map(({ name, form }) => [name, form])),
    enums: Object.fromEntries(
      messages.flatMap((message) => message.enums.map(enumForm)).map(({ name, form }) => [name, form]),
    ),
    methods: Object.fromEntries(
      methods.map(({ path, method: { input, output, streams } }) => [
        path,
        { input: input.fullName, output: output.fullName, streams },
      ]),
    ),
  };
}

function withNested(message: MessageType): MessageType[] {
  return [message, ...message.messages.flatMap(withNested)];
}

function messageForm({ fullName, fields, reserved }: MessageType) {
  const sorted = fields.toSorted((a, b) => a.number - b.number);
  return {
    name: fullName,
    form: {
      fields: Object.fromEntries(sorted.map((field) => [field.name, fieldForm(field)])),
      ...reservedForm(reserved),
    },
  };
}

function fieldForm({ number, type, cardinality, oneof, jsonName }: Field) {
  const name = typeNameOf(type) ?? (type as { scalar: Scalar }).scalar; // only scalars have no name
  return {
    number,
    // `optional` goes without saying: every scalar is, unless a oneof says so instead.
    type: cardinality === "map" ? `map<string, ${name}>` : cardinality === "repeated" ? `repeated ${name}` : name,
    ...(oneof === undefined ? {} : { oneof }),
    json: jsonName,
  };
}

function enumForm({ fullName, values, reserved }: EnumType) {
  const sorted = values.filter(({ number }) => number > 0).toSorted((a, b) => a.number - b.number);
  return {
    name: fullName,
    form: { values: Object.fromEntries(sorted.map(({ name, number }) => [name, number])), ...reservedForm(reserved) },
  };
}

function reservedForm(reserved: Reserved): { reserved?: Reserved } {
  return reserved.names.length + reserved.numbers.length === 0 ? {} : { reserved };
}
