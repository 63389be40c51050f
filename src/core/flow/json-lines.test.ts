import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAppError } from "../app-error.ts";
import { JsonLines } from "./json-lines.ts";

/** What lines give, with reasons in the place of errors, however the bytes are cut. */
function read(text: string | Buffer, limit = 1000, size = Number.POSITIVE_INFINITY): unknown[] {
  const lines = new JsonLines(limit);
  const found: unknown[] = [];
  const take = (): void => {
    for (let line = lines.next(); line !== undefined; line = lines.next())
      found.push(isAppError(line.value) ? `${line.number} ${line.value.reason}` : line.value);
  };
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) {
    lines.push(bytes.subarray(at, Math.min(bytes.length, at + size)));
    take();
  }
  lines.end();
  take();
  return found;
}

test("each line is a value; blank lines are passed over and the last needs no end", () => {
  assert.deepEqual(read('{"a":1}\r\n\n  \t\r\n2\n"ä€"'), [{ a: 1 }, 2, "ä€"]);
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("\n\n"), []);
});

test("what is no JSON, no UTF-8 or too large is told in its place, and the rest is read", () => {
  assert.deepEqual(read("1\n{\n\n3\n"), [1, "2 MALFORMED_BODY", 3]);
  assert.deepEqual(read(Buffer.from([0x31, 10, 0x22, 0xff, 0x22, 10, 0x33])), [1, "2 MALFORMED_BODY", 3]);
  for (const size of [1, 7, 10_000])
    assert.deepEqual(read(`1\n"${"x".repeat(50)}"\n3`, 20, size), [1, "2 BODY_TOO_LARGE", 3], String(size));
  assert.deepEqual(read(`"${"x".repeat(50)}`, 20, 8), ["1 BODY_TOO_LARGE"]);
  assert.deepEqual(read(`"${"x".repeat(18)}"\n`, 20), ["x".repeat(18)]);
});

test("how the bytes are cut makes no difference", () => {
  const line = fc.oneof(fc.json(), fc.constant(""), fc.constant("{"), fc.constant(`"${"y".repeat(90)}"`));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 40 }), (lines, size) => {
      const text = lines.join("\n");
      assert.deepEqual(read(text, 80, size), read(text, 80));
    }),
  );
});

test("a line that comes byte by byte takes no more memory than its bytes", () => {
  const lines = new JsonLines(1_000_000);
  const before = process.memoryUsage().heapUsed;
  for (let sent = 0; sent < 400_000; sent++) {
    lines.push(Buffer.from("1"));
    assert.equal(lines.next(), undefined);
  }
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 16_000_000, `${grown} bytes`);
});
