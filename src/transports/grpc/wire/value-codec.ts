// Reads and writes one value of each type.

import { type BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { EnumType, MessageType, Scalar, ValueType } from "../schema/wire-types.ts";
import { readInt64, writeInt64 } from "./int64.ts";
import { readJson, writeJson } from "./json-value.ts";
import { readDuration, readTimestamp, writeDuration, writeTimestamp } from "./known-types.ts";
import { endOf, nested } from "./reading.ts";

/** One value of a type. Writers throw on a value that is not of the type. */
export interface ValueCodec {
  readonly wireType: WireType;
  /** `previous`: what the same singular field held before; messages merge with it. */
  read(reader: BinaryReader, depth: number, previous?: unknown): unknown;
  write(writer: BinaryWriter, value: unknown, depth: number): void;
  /** What a map's entry without a value stands for. */
  zero(): unknown;
}

/** A message's fields, without its length. */
export interface MessageCodec {
  /** A new plain object, its lists and maps empty. */
  create(): Record<string, unknown>;
  read(reader: BinaryReader, end: number, depth: number, into: Record<string, unknown>): Record<string, unknown>;
  write(writer: BinaryWriter, value: Readonly<Record<string, unknown>>, depth: number): void;
}

// The casts below: a value was checked by the contract's schema, or the writer throws on it.
const scalars: Readonly<Record<Scalar, ValueCodec>> = {
  string: {
    wireType: WireType.LengthDelimited,
    read: (reader) => reader.string(true),
    write: (writer, value) => writer.string(value as string),
    zero: () => "",
  },
  bytes: {
    wireType: WireType.LengthDelimited,
    read: (reader) => base64(reader.bytes()),
    write: (writer, value) => writer.bytes(Buffer.from(value as string, "base64")),
    zero: () => "",
  },
  bool: {
    wireType: WireType.Varint,
    read: (reader) => reader.bool(),
    write: (writer, value) => writer.bool(value as boolean),
    zero: () => false,
  },
  int32: {
    wireType: WireType.Varint,
    read: (reader) => reader.int32(),
    write: (writer, value) => writer.int32(value as number),
    zero: () => 0,
  },
  int64: {
    wireType: WireType.Varint,
    read: readInt64,
    write: (writer, value) => writeInt64(writer, value as number),
    zero: () => 0,
  },
  double: {
    wireType: WireType.Bit64,
    read: (reader) => reader.double(),
    write: (writer, value) => writer.double(value as number),
    zero: () => 0,
  },
};

const known: Readonly<Record<"timestamp" | "duration" | "json" | "null", ValueCodec>> = {
  timestamp: {
    wireType: WireType.LengthDelimited,
    read: readTimestamp,
    write: writeTimestamp,
    zero: () => new Date(0).toISOString(),
  },
  duration: { wireType: WireType.LengthDelimited, read: readDuration, write: writeDuration, zero: () => "0s" },
  json: {
    wireType: WireType.LengthDelimited,
    read: readJson,
    write: writeJson,
    zero: () => {
      throw new Error("a google.protobuf.Value without a kind");
    },
  },
  null: {
    wireType: WireType.Varint,
    read: (reader) => {
      reader.int32();
      return null;
    },
    write: (writer) => writer.int32(0),
    zero: () => null,
  },
};

/** The codec of a type; `messageCodec` finds that of a message, also of one that is still being made. */
export function valueCodec(type: ValueType, messageCodec: (message: MessageType) => MessageCodec): ValueCodec {
  if (type.kind === "scalar") return scalars[type.scalar];
  if (type.kind === "enum") return enumCodec(type.enum);
  if (type.kind === "message") return nestedCodec(messageCodec(type.message));
  return known[type.kind];
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** A number without a text, zero included, becomes a text that is no value, so that the contract's schema refuses it. */
function enumCodec(type: EnumType): ValueCodec {
  const textByNumber = new Map(type.values.map((value) => [value.number, value.text]));
  const numberByText = new Map(type.values.map((value) => [value.text, value.number]));
  const textOf = (number: number): string => textByNumber.get(number) ?? `${type.name}(${number})`;
  return {
    wireType: WireType.Varint,
    read: (reader) => textOf(reader.int32()),
    write: (writer, value) => {
      const number = typeof value === "string" ? numberByText.get(value) : undefined;
      if (number === undefined) throw new Error(`not a value of ${type.fullName}: ${String(value)}`);
      writer.int32(number);
    },
    zero: () => textOf(0),
  };
}

function nestedCodec(message: MessageCodec): ValueCodec {
  return {
    wireType: WireType.LengthDelimited,
    read: (reader, depth, previous) => {
      const end = endOf(reader);
      const isMerge = typeof previous === "object" && previous !== null;
      const into = isMerge ? (previous as Record<string, unknown>) : message.create(); // read by this codec before
      return message.read(reader, end, nested(depth), into);
    },
    write: (writer, value, depth) => {
      writer.fork();
      message.write(writer, value as Record<string, unknown>, nested(depth)); // as above
      writer.join();
    },
    zero: () => message.create(),
  };
}
