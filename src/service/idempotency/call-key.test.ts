import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprintOf } from "./call-key.ts";

test("the order of fields does not matter, at any depth; the order of a list does", () => {
  const one = fingerprintOf({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } });
  assert.equal(fingerprintOf({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }), one);
  assert.notEqual(fingerprintOf({ a: 1, b: { c: [{ d: 2, e: 3 }, 1], f: null } }), one);
});

test("two values have one fingerprint if and only if they are equal as JSON", () => {
  const values = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const isEqual = (one: unknown, other: unknown): boolean => {
    try {
      assert.deepEqual(one, other);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(values, values, (one, other) => (fingerprintOf(one) === fingerprintOf(other)) === isEqual(one, other)),
  );
});
