// google.protobuf.Value, Struct and ListValue to and from plain JSON values.

import { type BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { endOf, finished, nested, setOwn } from "./reading.ts";

type JsonObject = Record<string, unknown>;

const kinds = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;
const lengthDelimited = (number: number): number => (number << 3) | WireType.LengthDelimited;
const varint = (number: number): number => number << 3;

/** Reads a Value from its length on. `previous` is the value that the same field held before: objects and lists merge. */
export function readJson(reader: BinaryReader, depth: number, previous?: unknown): unknown {
  const end = endOf(reader);
  const inner = nested(depth);
  let value = previous;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === kinds.null && wireType === WireType.Varint) {
      reader.int32();
      value = null;
    } else if (number === kinds.number && wireType === WireType.Bit64) value = reader.double();
    else if (number === kinds.string && wireType === WireType.LengthDelimited) value = reader.string(true);
    else if (number === kinds.bool && wireType === WireType.Varint) value = reader.bool();
    else if (number === kinds.struct && wireType === WireType.LengthDelimited) value = readStruct(reader, inner, value);
    else if (number === kinds.list && wireType === WireType.LengthDelimited) value = readList(reader, inner, value);
    else reader.skip(wireType, number, inner);
  }
  finished(reader, end);
  if (value === undefined) throw new Error("a google.protobuf.Value without a kind");
  return value;
}

function readStruct(reader: BinaryReader, depth: number, previous: unknown): JsonObject {
  const end = endOf(reader);
  const inner = nested(depth);
  const isObject = typeof previous === "object" && previous !== null && !Array.isArray(previous);
  const struct = isObject ? (previous as JsonObject) : {}; // made by this function
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) readEntry(reader, inner, struct);
    else reader.skip(wireType, number, inner);
  }
  finished(reader, end);
  return struct;
}

function readEntry(reader: BinaryReader, depth: number, struct: JsonObject): void {
  const end = endOf(reader);
  let key = "";
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) key = reader.string(true);
    else if (number === 2 && wireType === WireType.LengthDelimited) value = readJson(reader, depth, value);
    else reader.skip(wireType, number, depth);
  }
  finished(reader, end);
  if (value === undefined) throw new Error("a google.protobuf.Struct entry without a value");
  setOwn(struct, key, value);
}

function readList(reader: BinaryReader, depth: number, previous: unknown): unknown[] {
  const end = endOf(reader);
  const inner = nested(depth);
  const list: unknown[] = Array.isArray(previous) ? previous : [];
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) list.push(readJson(reader, inner));
    else reader.skip(wireType, number, inner);
  }
  finished(reader, end);
  return list;
}

/** Writes a Value with its length. Throws on what is not JSON. */
export function writeJson(writer: BinaryWriter, value: unknown, depth: number): void {
  writer.fork();
  if (value === null) writer.uint32(varint(kinds.null)).uint32(0);
  else if (typeof value === "number") writer.uint32((kinds.number << 3) | WireType.Bit64).double(value);
  else if (typeof value === "string") writer.uint32(lengthDelimited(kinds.string)).string(value);
  else if (typeof value === "boolean") writer.uint32(varint(kinds.bool)).bool(value);
  else if (Array.isArray(value)) writeList(writer, value, nested(depth));
  else if (typeof value === "object") writeStruct(writer, value, nested(depth));
  else throw new Error(`not a JSON value: ${typeof value}`);
  writer.join();
}

function writeList(writer: BinaryWriter, list: readonly unknown[], depth: number): void {
  writer.uint32(lengthDelimited(kinds.list)).fork();
  for (const item of list) writeJson(writer.uint32(lengthDelimited(1)), item, nested(depth));
  writer.join();
}

function writeStruct(writer: BinaryWriter, struct: object, depth: number): void {
  writer.uint32(lengthDelimited(kinds.struct)).fork();
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue;
    writer.uint32(lengthDelimited(1)).fork().uint32(lengthDelimited(1)).string(key);
    writeJson(writer.uint32(lengthDelimited(2)), value, nested(depth));
    writer.join();
  }
  writer.join();
}
