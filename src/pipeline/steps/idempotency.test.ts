import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { idempotencyKeyFrom, idempotencyKeyPattern } from "./idempotency.ts";

function keyOrNone(text: string): string | undefined {
  try {
    return idempotencyKeyFrom(text);
  } catch {
    return undefined;
  }
}

test("a key is what stands there, or what stands in the quotes", () => {
  for (const key of ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "k".repeat(255), 'a"b', "a\\b", "'a'"])
    for (const text of [key, JSON.stringify(key)]) assert.equal(keyOrNone(text), key, text);
});

test("anything else is refused, naming the key", () => {
  for (const text of [
    "",
    " ",
    "a b",
    " a",
    "a\n",
    "é",
    "k".repeat(256),
    '"',
    '""',
    '"a',
    '"a"b"',
    '"a\\n"',
    '"a"; x=1',
  ])
    assert.throws(
      () => idempotencyKeyFrom(text),
      {
        reason: "VALIDATION_FAILED",
        violations: [
          {
            path: "idempotency-key",
            message: "Must be 1 to 255 visible ASCII characters, as they are or in double quotes",
            rule: "invalid_format",
          },
        ],
      },
      text,
    );
});

test("the published pattern takes exactly what is taken", () => {
  const pattern = new RegExp(idempotencyKeyPattern, "u");
  const characters = fc.constantFrom('"', "\\", "a", "!", "~", " ", "é", "\u007f");
  const texts = fc.oneof(fc.string(), fc.string({ unit: characters, maxLength: 6 }));
  fc.assert(
    fc.property(texts, (text) => pattern.test(text) === (keyOrNone(text) !== undefined)),
    { numRuns: 5_000 },
  );
  for (const length of [255, 256]) assert.equal(pattern.test(`"${'\\"'.repeat(length)}"`), length === 255);
});
