import assert from "node:assert/strict";
import test from "node:test";
import { appError } from "../core/catalogue.ts";
import { errorFingerprint, errorRecord, maskAddresses } from "./error-record.ts";

test("the record of an error holds its whole cause chain with facts", () => {
  const driver = Object.assign(new Error("duplicate key"), {
    code: "23505",
    table: "users",
    detail: "Key (email)=(a@b)",
  });
  const record = errorRecord(appError("INTERNAL", { cause: new Error("insert failed", { cause: driver }) }));
  assert.equal(record.facts?.reason, "INTERNAL");
  assert.equal(record.cause?.message, "insert failed");
  assert.deepEqual(record.cause?.cause?.facts, { code: "23505", table: "users" });
  assert.ok(!JSON.stringify(record).includes("a@b"), "a driver's detail quotes rows");
});

test("a cause chain that leads back to itself ends", () => {
  const error = new Error("loop");
  error.cause = error;
  assert.ok(JSON.stringify(errorRecord(error)).length < 100_000);
});

test("what is thrown and is no error, or cannot be read, has a record too", () => {
  assert.deepEqual(errorRecord("text"), { type: "string", message: "text" });
  assert.deepEqual(errorRecord({ password: "hunter2" }), { type: "object", message: "[object Object]" });
  const hostile = new Error("x");
  Object.defineProperty(hostile, "message", {
    get() {
      throw new Error("no");
    },
  });
  assert.equal(errorRecord(hostile).type, "unprintable");
});

test("the password of an address is masked in message and stack", () => {
  const record = errorRecord(new Error("cannot reach postgres://app:planted-secret@db:5432/x and redis://:planted@r"));
  assert.ok(!JSON.stringify(record).includes("planted"));
  assert.equal(maskAddresses("see https://example.com:8080/a:b@c"), "see https://example.com:8080/a:b@c");
});

test("all errors of an AggregateError are recorded", () => {
  const record = errorRecord(new AggregateError([new Error("one"), new Error("two")], "both"));
  assert.deepEqual(
    record.errors?.map((inner) => inner.message),
    ["one", "two"],
  );
});

test("a fingerprint is of the root cause's place and type, not of the message", () => {
  const prints = [1, 2].map((n) => errorFingerprint(appError("INTERNAL", { cause: new TypeError(`row ${n}`) })));
  assert.match(prints[0] ?? "", /^[0-9a-f]{12}$/);
  assert.equal(prints[0], prints[1]);
  const [type, range] = [TypeError, RangeError].map((Kind) => errorFingerprint(new Kind("x")));
  assert.notEqual(type, range);
  const elsewhere = (): Error => new TypeError("row 1");
  assert.notEqual(errorFingerprint(elsewhere()), prints[0]);
});
