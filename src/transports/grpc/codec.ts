// Message bytes to plain JSON objects and back, by closures compiled once per message type. The second thing that a
// call passes, after its metadata.

import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { appError } from "../../core/catalogue.ts";
import type { Field, MessageType } from "./schema/wire-types.ts";
import { type FieldCodec, fieldCodec, oneofMember } from "./wire/field-codec.ts";
import { finished, maxDepth } from "./wire/reading.ts";
import { type MessageCodec, valueCodec } from "./wire/value-codec.ts";

type Plain = Record<string, unknown>;

/** Reads and writes one message type. */
export interface Codec {
  /**
   * The plain object of a message: missing fields are missing, missing lists and maps empty, unknown fields skipped.
   * Throws AppError MALFORMED_MESSAGE, and nothing else, whatever the bytes are.
   */
  decode(bytes: Uint8Array): Plain;
  /** The bytes of a plain object that the contract's schema has passed; throws on one that it cannot have passed. */
  encode(value: unknown): Buffer;
}

/** A writer whose buffer is used again: a new one for every message costs more than the message. */
let idleWriter: BinaryWriter | undefined;
const largestKept = 64 * 1024;

/** The codecs of message types, each made once. */
export function createCodecs(): (message: MessageType) => Codec {
  const compiled = new Map<MessageType, MessageCodec>();
  const find = (message: MessageType): MessageCodec => {
    const known = compiled.get(message);
    if (known !== undefined) return known;
    const { codec, complete } = message.discriminator === undefined ? objectCodec(message) : unionCodec(message);
    compiled.set(message, codec); // before its fields, which may lead back to it
    complete(find);
    return codec;
  };
  return (message) => codecOf(find(message));
}

function codecOf(message: MessageCodec): Codec {
  return {
    decode(bytes) {
      try {
        return message.read(new BinaryReader(bytes), bytes.length, maxDepth - 1, message.create());
      } catch (cause) {
        throw appError("MALFORMED_MESSAGE", { cause });
      }
    },
    encode(value) {
      const kept = idleWriter ?? new BinaryWriter();
      idleWriter = undefined; // should this one fail half way, it is never used again
      message.write(kept, (value ?? {}) as Plain, maxDepth - 1); // checked by the contract's schema
      const bytes = kept.finish();
      if (bytes.length <= largestKept) idleWriter = kept;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
}

interface Compilation {
  readonly codec: MessageCodec;
  /** Makes the fields' codecs. */
  complete(find: (message: MessageType) => MessageCodec): void;
}

function objectCodec(message: MessageType): Compilation {
  const byNumber: FieldCodec[] = []; // sparse: numbers are small
  const writers: { readonly key: string; readonly field: FieldCodec }[] = [];
  const lists = message.fields.filter((field) => field.cardinality === "repeated").map((field) => field.key);
  const maps = message.fields.filter((field) => field.cardinality === "map").map((field) => field.key);
  const codec: MessageCodec = {
    create() {
      const object: Plain = {};
      for (const key of lists) object[key] = [];
      for (const key of maps) object[key] = {};
      return object;
    },
    read(reader, end, depth, into) {
      while (reader.pos < end) {
        const [number, wireType] = reader.tag();
        const field = byNumber[number];
        if (field === undefined || !field.read(reader, wireType, into, depth)) reader.skip(wireType, number, depth);
      }
      finished(reader, end);
      return into;
    },
    write(writer, value, depth) {
      for (const { key, field } of writers) if (Object.hasOwn(value, key)) field.write(writer, value[key], depth);
    },
  };
  return {
    codec,
    complete(find) {
      for (const field of message.fields) {
        const compiled = oneofMember(fieldCodec(field, valueCodec(field.type, find)), rivalsOf(field, message));
        byNumber[field.number] = compiled;
        writers.push({ key: field.key, field: compiled });
      }
    },
  };
}

/** The properties of the other members of a field's oneof: of those that are set, the last on the wire counts. */
function rivalsOf({ oneof, key }: Field, { fields }: MessageType): string[] {
  if (oneof === undefined) return [];
  return fields.filter((other) => other.oneof === oneof && other.key !== key).map((other) => other.key);
}

/** A union is the plain object of its member, with the discriminator; without a member, an empty object. */
function unionCodec(message: MessageType): Compilation {
  const discriminator = message.discriminator as string; // asked by the caller
  const byNumber = new Map<number, Member>();
  const byTag = new Map<unknown, Member>();
  const codec: MessageCodec = {
    create: () => ({}),
    read(reader, end, depth, into) {
      let member = byTag.get(into[discriminator]);
      let value = into;
      while (reader.pos < end) {
        const [number, wireType] = reader.tag();
        const next = byNumber.get(number);
        const holder: Plain = next !== undefined && next === member ? { [discriminator]: value } : {};
        if (next === undefined || !next.codec.read(reader, wireType, holder, depth)) {
          reader.skip(wireType, number, depth);
          continue;
        }
        member = next;
        value = holder[discriminator] as Plain; // a member is a message
        value[discriminator] = next.tag;
      }
      finished(reader, end);
      return value;
    },
    write(writer, value, depth) {
      const member = byTag.get(value[discriminator]);
      if (member === undefined) throw new Error(`not a member of ${message.fullName}: ${String(value[discriminator])}`);
      member.codec.write(writer, value, depth);
    },
  };
  return {
    codec,
    complete(find) {
      for (const field of message.fields) {
        const member = memberOf(field, find);
        byNumber.set(field.number, member);
        byTag.set(field.tag, member);
      }
    },
  };
}

interface Member {
  readonly tag: string | undefined;
  readonly codec: FieldCodec;
}

function memberOf(field: Field, find: (message: MessageType) => MessageCodec): Member {
  return { tag: field.tag, codec: fieldCodec(field, valueCodec(field.type, find)) };
}
