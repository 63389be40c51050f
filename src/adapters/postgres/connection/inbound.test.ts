import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbound } from "./inbound.ts";

function message(code: string, content: string): Buffer {
  const head = Buffer.from(`${code}\0\0\0\0`);
  head.writeUInt32BE(4 + Buffer.byteLength(content), 1);
  return Buffer.concat([head, Buffer.from(content)]);
}

function reader(): { readonly read: string[]; readonly inbound: Inbound } {
  const read: string[] = [];
  const inbound = new Inbound((code, bytes, start, end) => {
    read.push(`${String.fromCharCode(code)} ${bytes.toString("utf8", start, end)}`);
  });
  return { read, inbound };
}

const stream = Buffer.concat([message("Z", "I"), message("2", ""), message("D", "a row"), message("C", "SELECT 1")]);
const expected = ["Z I", "2 ", "D a row", "C SELECT 1"];

test("messages are handed on whole, wherever the network cuts them", () => {
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const { read, inbound } = reader();
      for (const piece of [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)])
        inbound.take(piece);
      assert.deepEqual(read, expected, `cut at ${first} and ${second}`);
    }
  }
});

test("a message in pieces of one byte is handed on with its last one", () => {
  const { read, inbound } = reader();
  const bytes = message("D", "long ".repeat(100));
  for (let index = 0; index < bytes.length - 1; index++) inbound.take(bytes.subarray(index, index + 1));
  assert.deepEqual(read, []);
  inbound.take(bytes.subarray(-1));
  assert.deepEqual(read, [`D ${"long ".repeat(100)}`]);
});
