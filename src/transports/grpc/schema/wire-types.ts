// The gRPC form of the contracts as data: packages, messages, fields, enums, services. The codec, the descriptors and
// the printed .proto files are all made from this one description.

import type { Reserved } from "./numbering.ts";

/** The protobuf scalars in use. */
export type Scalar = "string" | "bytes" | "bool" | "int32" | "int64" | "double";

/** What one value of a field is. */
export type ValueType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "enum"; readonly enum: EnumType }
  | { readonly kind: "message"; readonly message: MessageType }
  /** Plain text here, `google.protobuf.Timestamp` or `Duration` on the wire. */
  | { readonly kind: "timestamp" | "duration" }
  /** Any JSON value: `google.protobuf.Value`. */
  | { readonly kind: "json" }
  /** The one value null: `google.protobuf.NullValue`. */
  | { readonly kind: "null" };

/**
 * How often a field stands on the wire. `optional`: presence is explicit (proto3 `optional`). `implicit`: a scalar of a
 * foreign .proto file, where zero and missing are the same. `single`: a message or a member of a oneof, whose presence
 * is always explicit.
 */
export type Cardinality = "optional" | "implicit" | "single" | "repeated" | "map";

/** One field of a message. */
export interface Field {
  /** The property of the plain object. Both members of a nullable field's oneof share it. */
  readonly key: string;
  /** The name in the .proto file, snake_case. */
  readonly name: string;
  /** The name in protobuf's JSON. */
  readonly jsonName: string;
  readonly number: number;
  readonly type: ValueType;
  readonly cardinality: Cardinality;
  /** The oneof that it is a member of. */
  readonly oneof: string | undefined;
  /** Of a union's member: the discriminator's value. */
  readonly tag: string | undefined;
  readonly comment: string | undefined;
}

/** A message. Recursive types refer to each other by identity, so the lists are filled after it was made. */
export interface MessageType {
  readonly name: string;
  /** With the package and the enclosing messages: `chat.messages.v1.Message`. */
  readonly fullName: string;
  /** The file that declares it, as an import names it. */
  readonly file: string;
  readonly comment: string | undefined;
  /** Of a discriminated union: the property that says which member it is. All its fields are members of one oneof. */
  readonly discriminator: string | undefined;
  readonly fields: Field[];
  readonly messages: MessageType[];
  readonly enums: EnumType[];
  /** Set when its fields are. */
  reserved: Reserved;
}

/** An enum. Number 0 is always the unspecified value, which has no text. */
export interface EnumType {
  readonly name: string;
  readonly fullName: string;
  readonly file: string;
  readonly values: readonly EnumValue[];
  readonly reserved: Reserved;
}

/** A value of an enum; `text` is its plain form, undefined for the zero. */
export interface EnumValue {
  readonly name: string;
  readonly number: number;
  readonly text: string | undefined;
}

/** One method of a service. */
export interface MethodType {
  readonly name: string;
  readonly input: MessageType;
  readonly output: MessageType;
  /** Who sends many messages. */
  readonly streams: "none" | "client" | "server" | "both";
  readonly deprecated: boolean;
  readonly comment: string | undefined;
}

/** Whether the client of a method sends many messages. */
export function clientStreams({ streams }: MethodType): boolean {
  return streams === "client" || streams === "both";
}

/** Whether the server of a method sends many messages. */
export function serverStreams({ streams }: MethodType): boolean {
  return streams === "server" || streams === "both";
}

/** A service. */
export interface ServiceType {
  readonly name: string;
  readonly fullName: string;
  readonly comment: string | undefined;
  readonly methods: readonly MethodType[];
}

/** One .proto file: one package's messages and its service. */
export interface ProtoFile {
  /** As an import names it: `chat/messages/v1/messages.proto`. */
  readonly path: string;
  readonly package: string;
  readonly messages: readonly MessageType[];
  readonly services: readonly ServiceType[];
}

/** The files that protobuf itself brings for the value types that use them. */
export const wellKnownFiles = {
  timestamp: "google/protobuf/timestamp.proto",
  duration: "google/protobuf/duration.proto",
  json: "google/protobuf/struct.proto",
  null: "google/protobuf/struct.proto",
} as const;

/** The full name of the type that a field of this value type names; undefined for scalars. */
export function typeNameOf(type: ValueType): string | undefined {
  switch (type.kind) {
    case "scalar":
      return undefined;
    case "enum":
      return type.enum.fullName;
    case "message":
      return type.message.fullName;
    case "timestamp":
      return "google.protobuf.Timestamp";
    case "duration":
      return "google.protobuf.Duration";
    case "json":
      return "google.protobuf.Value";
    case "null":
      return "google.protobuf.NullValue";
  }
}

/** The files that a file imports, sorted, without itself. */
export function importsOf(file: ProtoFile): string[] {
  const imports = new Set<string>();
  const visit = (message: MessageType): void => {
    for (const { type } of message.fields) {
      if (type.kind === "message") imports.add(type.message.file);
      else if (type.kind !== "scalar" && type.kind !== "enum") imports.add(wellKnownFiles[type.kind]);
    }
    message.messages.forEach(visit);
  };
  file.messages.forEach(visit);
  for (const { input, output } of file.services.flatMap((service) => service.methods))
    imports.add(input.file).add(output.file);
  imports.delete(file.path);
  return [...imports].sort();
}
