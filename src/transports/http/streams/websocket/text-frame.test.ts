import assert from "node:assert/strict";
import type { Writable } from "node:stream";
import { test } from "node:test";
import * as ws from "ws";
import { textFrame } from "./text-frame.ts";

// The library's types leave it out.
const { Receiver } = ws as unknown as { readonly Receiver: new () => Writable };

/** What the library reads of the bytes; nothing where they are no whole frame. */
async function readBack(bytes: Buffer): Promise<string | undefined> {
  const receiver = new Receiver();
  let read: string | undefined;
  receiver.on("message", (data: Buffer) => {
    read = String(data);
  });
  receiver.write(bytes);
  await new Promise((resolve) => setImmediate(resolve));
  return read;
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
