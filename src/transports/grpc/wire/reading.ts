// What every reader of wire bytes must respect: ends, depth, and property names that objects inherit.

import type { BinaryReader } from "@bufbuild/protobuf/wire";

/** How many messages may stand inside one another: protobuf's own customary limit. */
export const maxDepth = 100;

/** The depth left inside one more message. Throws when there is none. */
export function nested(depth: number): number {
  if (depth <= 0) throw new Error(`messages are nested more than ${maxDepth} deep`);
  return depth - 1;
}

/** Reads a length and answers where what it measures ends. Throws when that is past the end of the bytes. */
export function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new Error("a length reaches past the end of the message");
  return end;
}

/** Throws when something was read past the end it had to respect. */
export function finished(reader: BinaryReader, end: number): void {
  if (reader.pos !== end) throw new Error("a field reaches past the end of its message");
}

/** Sets an own property, whatever its name: plain assignment of `__proto__` would change the prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}
