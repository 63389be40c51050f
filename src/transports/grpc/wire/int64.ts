// int64 as plain numbers. Beyond the safe range a number is rounded; the contract's schema refuses it there.

import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

const longestFast = 4;

/** Reads a varint as a number: exact in the safe range, and surely outside of it for all others. */
export function readInt64(reader: BinaryReader): number {
  const start = reader.pos;
  const low = reader.uint32();
  // Four bytes hold 28 bits: the value is whole, and no BigInt is needed.
  if (reader.pos - start <= longestFast) return low;
  reader.pos = start;
  return Number(reader.int64());
}

/** Writes a whole number. Throws for any other. */
export function writeInt64(writer: BinaryWriter, value: number): void {
  if (value >= 0 && value <= 0xffffffff) writer.uint32(value);
  else writer.int64(value);
}
