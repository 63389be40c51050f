// Identifiers: UUIDv7 for rows, events and calls.

import { randomFillSync } from "node:crypto";

const pool = new Uint8Array(4096);
let used = pool.length;
let lastMillis = 0;
let lastTime = "";
let counter = 0;

function randomBytes(count: number): number {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += count;
  return at;
}

const hex: string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A busy process makes many ids in a millisecond: what they share is written once. */
function tick(millis: number, start: number): void {
  const time = millis.toString(16).padStart(12, "0");
  lastMillis = millis;
  lastTime = `${time.slice(0, 8)}-${time.slice(8)}`;
  counter = start;
}

/**
 * A new UUIDv7 (RFC 9562, section 5.7, method 1: a 12-bit counter below the millisecond), lower case.
 * Guarantee: ids made by one process sort by the order in which they were made, also within a millisecond and when the
 * clock is set back.
 */
export function uuidv7(now: number = Date.now()): string {
  if (now > lastMillis) tick(now, (pool[randomBytes(1)] ?? 0) << 2);
  else if (++counter > 0xfff) tick(lastMillis + 1, 0);
  const at = randomBytes(8);
  const byte = (index: number): string => hex[pool[at + index] ?? 0] as string;
  const variant = hex[((pool[at] ?? 0) & 0x3f) | 0x80] as string;
  return `${lastTime}-7${(counter >> 8).toString(16)}${hex[counter & 0xff]}-${variant}${byte(1)}-${byte(2)}${byte(3)}${byte(4)}${byte(5)}${byte(6)}${byte(7)}`;
}
