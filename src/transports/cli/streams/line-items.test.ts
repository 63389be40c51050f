import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { AppError } from "../../../core/app-error.ts";
import { LineItems } from "./line-items.ts";

/** What a reader gives: items as they are, errors by their message. */
async function read(chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const items = new LineItems(Readable.from(chunks));
  const seen: unknown[] = [];
  for (;;) {
    const { done, value } = await items.next();
    if (done === true) return seen;
    seen.push(value instanceof AppError ? `${value.reason}: ${value.message}` : value);
  }
}

test("however the bytes are cut, every line is one item, blank lines are none, and the last needs no end", async () => {
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.record({ text: fc.string({ unit: "binary" }) }).map((item) => ({ item })) },
    fc.constantFrom({ blank: "" }, { blank: " \t" }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      async (lines, end, isEnded, size) => {
        const text = lines.map((each) => ("item" in each ? JSON.stringify(each.item) : each.blank)).join(end);
        const bytes = Buffer.from(isEnded ? text + end : text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        const items = lines.flatMap((each) => ("item" in each ? [JSON.parse(JSON.stringify(each.item))] : []));
        assert.deepEqual(await read(chunks), items);
      },
    ),
  );
});

test("a line that holds no item is told by its number, and the lines after it are read", async () => {
  const tooLarge = Buffer.alloc(2 * 1024 * 1024 + 5, 32);
  const largest = `"${"x".repeat(1024 * 1024 - 2)}"`;
  const chunks = ['{"n":1}\n\nbad\n', Buffer.from([0x22, 0xe9, 0x22, 10]), tooLarge, '\n{"n":2}\n', `${largest}\n1 2`];
  assert.deepEqual(await read(chunks), [
    { n: 1 },
    "MALFORMED_BODY: Line 3 is not valid JSON",
    "MALFORMED_BODY: Line 4 is not valid UTF-8",
    "BODY_TOO_LARGE: Line 5 is larger than the limit",
    { n: 2 },
    JSON.parse(largest),
    "MALFORMED_BODY: Line 8 is not valid JSON",
  ]);
});

test("nothing is read that nobody asked for, and a line without an end is not kept", async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield Buffer.alloc(65_536, 0x78);
    }
  }
  const items = new LineItems(endless());
  await new Promise(setImmediate);
  assert.equal(given, 0);
  const { value } = await items.next();
  assert.ok(value instanceof AppError && value.reason === "BODY_TOO_LARGE");
  assert.equal(given, 17);
});

test("an item's line is known: of those before the first blank line, and of the last", async () => {
  const items = new LineItems(Readable.from(["1\n2\n\n3\n\n\n4\n"]));
  for (let count = 0; count < 4; count++) await items.next();
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => items.lineOf(index)),
    [1, 2, undefined, 7],
  );
});

test("who leaves ends a read that waits; an input that cannot be read is an error", { timeout: 5_000 }, async () => {
  const silent = new Readable({ read: () => undefined });
  const items = new LineItems(silent);
  const waiting = items.next();
  await items.return();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.ok(silent.destroyed);
  const broken = new Readable({
    read() {
      this.destroy(Object.assign(new Error("no"), { code: "EISDIR" }));
    },
  });
  await assert.rejects(new LineItems(broken).next(), {
    reason: "MALFORMED_BODY",
    message: "The standard input cannot be read (EISDIR)",
  });
});
