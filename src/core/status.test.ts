import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "./app-error.ts";
import { appError, catalogue, isCatalogueReason, toAppError } from "./catalogue.ts";
import { errorFromProblem, httpStatusOf, problemFromError } from "./problem.ts";
import { codeFromGrpc, codeFromHttp, codes, codeTable, isCode } from "./status.ts";

test("the codes are gRPC's sixteen, in its order, and each one's number leads back to it", () => {
  assert.deepEqual(
    codes.map((code) => codeTable[code].grpc),
    Array.from({ length: 16 }, (_, index) => index + 1),
  );
  for (const code of codes) assert.equal(codeFromGrpc(codeTable[code].grpc), code);
  assert.equal(codeFromGrpc(99), "UNKNOWN");
});

test("exit codes are distinct, and none is 0 or 1", () => {
  const exits = codes.map((code) => codeTable[code].exit);
  assert.equal(new Set(exits).size, 16);
  assert.ok(exits.every((exit) => exit > 1 && exit <= 130));
});

test("every HTTP status of failure has a code, also foreign ones", () => {
  for (let status = 400; status < 600; status++) assert.ok(isCode(codeFromHttp(status)), String(status));
  assert.equal(codeFromHttp(502), "UNAVAILABLE");
  assert.equal(codeFromHttp(418), "INVALID_ARGUMENT");
  assert.equal(codeFromHttp(302), "UNKNOWN");
});

test("an error of every code survives the way to a problem object and back", () => {
  for (const code of codes) {
    const error = new AppError({
      code,
      reason: `REASON_${code}`,
      message: "What happened",
      details: { id: 1 },
      violations: [{ path: "a[0].b", message: "Is required", rule: "required" }],
      retryAfter: 3,
      cause: new Error("planted s3cret"),
    });
    const sent = JSON.stringify(problemFromError(error, "request-1"));
    assert.ok(!sent.includes("s3cret"));
    const back = errorFromProblem(httpStatusOf(error), JSON.parse(sent));
    for (const field of ["code", "reason", "message", "details", "violations", "retryAfter"] as const) {
      assert.deepEqual(back[field], error[field], `${code} ${field}`);
    }
  }
});

test("a proxy's page gets its code from the status", () => {
  for (const body of ["<html>Bad Gateway</html>", null, 7, { code: "NOT_A_CODE", reason: "X" }, { reason: "X" }]) {
    const error = errorFromProblem(502, body, 5);
    assert.deepEqual([error.code, error.reason, error.retryAfter], ["UNAVAILABLE", "HTTP_502", 5]);
  }
});

test("every reason of the catalogue has a code, a message and a mend", () => {
  const reasons = Object.keys(catalogue);
  assert.ok(reasons.length > 25);
  for (const reason of reasons) {
    assert.ok(isCatalogueReason(reason));
    assert.match(reason, /^[A-Z_]+$/);
    const error = appError(reason);
    assert.ok(isCode(error.code) && error.message.length > 5 && catalogue[reason].mend.length > 5, reason);
  }
});

test("whatever is thrown becomes INTERNAL without its text; an application error stays itself", () => {
  const known = appError("INVALID_CURSOR");
  assert.equal(toAppError(known), known);
  for (const thrown of [new Error("s3cret"), "s3cret", { message: "s3cret" }, undefined]) {
    const error = toAppError(thrown);
    assert.equal(error.code, "INTERNAL");
    assert.ok(!JSON.stringify(problemFromError(error, "r")).includes("s3cret"));
  }
});
