import assert from "node:assert/strict";
import type { Writable } from "node:stream";
import { test } from "node:test";
import * as ws from "ws";
import { textFrame } from "./text-frame.ts";

// The library's types leave it out.
const { Receiver } = ws as unknown as { readonly Receiver: new () => Writable };

/** What the library reads of the bytes. */
async function readBack(bytes: Buffer): Promise<string> {
  const receiver = new Receiver();
  const read = new Promise<Buffer>((resolve, reject) => receiver.once("message", resolve).once("error", reject));
  receiver.write(bytes);
  return String(await read);
}

for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
  test(`a frame of ${length} bytes is read as it was written`, async () => {
    const text = "a".repeat(length);
    assert.equal(await readBack(textFrame(text)), text);
  });

test("its length is counted in bytes", async () => {
  for (const text of ["ä".repeat(63), "今日は", "🦉".repeat(20_000)])
    assert.equal(await readBack(textFrame(text)), text);
});
