import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type AppErrorInit, isAnswerable } from "./app-error.ts";

const sound: AppErrorInit = {
  code: "ABORTED",
  reason: "R",
  message: "m",
  details: { n: 1, list: [null] },
  retryAfter: 2,
};
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

test("an error made as its types want it can be answered", () => {
  assert.equal(isAnswerable(new AppError(sound)), true);
  assert.equal(isAnswerable(new AppError({ code: "UNKNOWN", reason: "R", message: "" })), true);
});

const broken: Readonly<Record<string, object>> = {
  "a code that is not in the list": { code: "TEAPOT" },
  "a code that every object has": { code: "constructor" },
  "no reason": { reason: undefined },
  "a bigint among the details": { details: { n: 1n } },
  "a cycle among the details": { details: cycle },
  "a function among the details": { details: { call: () => 1 } },
  "a cycle among the violations": { violations: [cycle] },
  "a delay that is no number": { retryAfter: Number.NaN },
  "a status that is no error's": { httpStatus: 9999 },
};

for (const [name, change] of Object.entries(broken)) {
  test(`an error with ${name} cannot be answered`, () => {
    assert.equal(isAnswerable(new AppError({ ...sound, ...change } as AppErrorInit)), false); // past the types on purpose
  });
}
