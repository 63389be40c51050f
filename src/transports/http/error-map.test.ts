import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { codes, codeTable } from "../../core/status.ts";
import { answerFromError } from "./error-map.ts";

function headersOf(error: AppError): Map<string, string> {
  const { headers } = answerFromError(error, "r1");
  return new Map(headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ""]] : [])));
}

test("every code has its status, in the line and in the problem", () => {
  for (const code of codes) {
    const { status, body } = answerFromError(new AppError({ code, reason: "R", message: "m" }), "r1");
    assert.equal(status, codeTable[code].http);
    assert.deepEqual([JSON.parse(body).status, JSON.parse(body).code], [status, code]);
  }
});

test("a version conflict is 412 for a conditional request, else 409", () => {
  const error = appError("VERSION_CONFLICT");
  assert.equal(answerFromError(error, "r1").status, 409);
  const conditional = answerFromError(error, "r1", true);
  assert.deepEqual([conditional.status, JSON.parse(conditional.body).status], [412, 412]);
  assert.equal(answerFromError(appError("VERSION_REQUIRED"), "r1", true).status, 428);
});

test("a refused credential is told how to come back", () => {
  assert.equal(headersOf(appError("CREDENTIAL_MISSING")).get("www-authenticate"), "Bearer");
  assert.match(
    headersOf(appError("CREDENTIAL_EXPIRED")).get("www-authenticate") ?? "",
    /^Bearer error="invalid_token".*expired"$/,
  );
  assert.equal(headersOf(appError("ACCESS_DENIED")).has("www-authenticate"), false);
});

test("Retry-After is in whole seconds, never nought", () => {
  assert.equal(headersOf(appError("OVERLOADED", { retryAfter: 0.2 })).get("retry-after"), "1");
  assert.equal(headersOf(appError("OVERLOADED", { retryAfter: 2.5 })).get("retry-after"), "3");
});

test("cause and stack are never part of it", () => {
  const { body } = answerFromError(appError("INTERNAL", { cause: new Error("planted") }), "r1");
  assert.doesNotMatch(body, /planted|at .*\.ts/);
});
