// Reads and writes one field of a message: singular, list or map, with its tag.

import { type BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Field } from "../schema/wire-types.ts";
import { endOf, finished, setOwn } from "./reading.ts";
import type { ValueCodec } from "./value-codec.ts";

type Plain = Record<string, unknown>;

/** One field. */
export interface FieldCodec {
  /** Reads into the object; false when the wire type is not the field's, and nothing was read. */
  read(reader: BinaryReader, wireType: WireType, into: Plain, depth: number): boolean;
  /** Writes the property's value if the field carries it: undefined is not written, null only by a field for null. */
  write(writer: BinaryWriter, value: unknown, depth: number): void;
}

/** The codec of a field whose values `codec` reads and writes. */
export function fieldCodec(field: Field, codec: ValueCodec): FieldCodec {
  if (field.cardinality === "repeated") return listCodec(field, codec);
  if (field.cardinality === "map") return mapCodec(field, codec);
  return singleCodec(field, codec);
}

/** The codec of a member of a oneof: reading it takes the other members away. */
export function oneofMember(codec: FieldCodec, others: readonly string[]): FieldCodec {
  if (others.length === 0) return codec;
  return {
    read(reader, wireType, into, depth) {
      if (!codec.read(reader, wireType, into, depth)) return false;
      for (const other of others) if (Object.hasOwn(into, other)) delete into[other];
      return true;
    },
    write: (writer, value, depth) => codec.write(writer, value, depth),
  };
}

function singleCodec({ key, number, type }: Field, codec: ValueCodec): FieldCodec {
  const tag = (number << 3) | codec.wireType;
  const merges = type.kind !== "scalar" && type.kind !== "enum";
  const carries = type.kind === "null" ? isNull : type.kind === "json" ? isDefined : isValue;
  return {
    read(reader, wireType, into, depth) {
      if (wireType !== codec.wireType) return false;
      into[key] = codec.read(reader, depth, merges && Object.hasOwn(into, key) ? into[key] : undefined);
      return true;
    },
    write(writer, value, depth) {
      if (carries(value)) codec.write(writer.uint32(tag >>> 0), value, depth);
    },
  };
}

const isNull = (value: unknown): boolean => value === null;
const isDefined = (value: unknown): boolean => value !== undefined;
const isValue = (value: unknown): boolean => value !== undefined && value !== null;

function listCodec({ key, number }: Field, codec: ValueCodec): FieldCodec {
  const isPacked = codec.wireType !== WireType.LengthDelimited;
  const tag = ((number << 3) | WireType.LengthDelimited) >>> 0;
  return {
    read(reader, wireType, into, depth) {
      const list = into[key] as unknown[]; // made with the message
      if (isPacked && wireType === WireType.LengthDelimited) {
        const end = endOf(reader);
        while (reader.pos < end) list.push(codec.read(reader, depth));
        finished(reader, end);
      } else if (wireType === codec.wireType) list.push(codec.read(reader, depth));
      else return false;
      return true;
    },
    write(writer, value, depth) {
      const list = (value ?? []) as readonly unknown[]; // checked by the contract's schema
      if (list.length === 0) return;
      if (isPacked) writer.uint32(tag).fork();
      for (const item of list) codec.write(isPacked ? writer : writer.uint32(tag), item, depth);
      if (isPacked) writer.join();
    },
  };
}

const keyTag = (1 << 3) | WireType.LengthDelimited;

function mapCodec({ key, number }: Field, codec: ValueCodec): FieldCodec {
  const tag = ((number << 3) | WireType.LengthDelimited) >>> 0;
  const valueTag = (2 << 3) | codec.wireType;
  return {
    read(reader, wireType, into, depth) {
      if (wireType !== WireType.LengthDelimited) return false;
      readEntry(reader, codec, into[key] as Plain, depth); // made with the message
      return true;
    },
    write(writer, value, depth) {
      for (const [name, item] of Object.entries((value ?? {}) as Plain)) {
        if (item === undefined) continue;
        writer.uint32(tag).fork().uint32(keyTag).string(name);
        codec.write(writer.uint32(valueTag), item, depth);
        writer.join();
      }
    },
  };
}

function readEntry(reader: BinaryReader, codec: ValueCodec, map: Plain, depth: number): void {
  const end = endOf(reader);
  let name = "";
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) name = reader.string(true);
    else if (number === 2 && wireType === codec.wireType) value = codec.read(reader, depth, value);
    else reader.skip(wireType, number, depth);
  }
  finished(reader, end);
  setOwn(map, name, value === undefined ? codec.zero() : value);
}
