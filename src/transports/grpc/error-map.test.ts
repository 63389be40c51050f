import assert from "node:assert/strict";
import test from "node:test";
import { Metadata } from "@grpc/grpc-js";
import { AppError } from "../../core/app-error.ts";
import { codes, codeTable } from "../../core/status.ts";
import { errorFromStatus, requestIdOf, statusFromError } from "./error-map.ts";

test("an error of every code comes back as it was thrown", () => {
  for (const code of codes) {
    const error = new AppError({
      code,
      reason: "SOME_REASON",
      message: "Naïve: 100 %",
      details: { id: "a", name: "b" },
      violations: [{ path: "items[0].name", message: "is too long", rule: "too_long" }],
      retryAfter: 1.5,
    });
    const status = statusFromError(error, "chat", "request-1");
    assert.equal(status.code, codeTable[code].grpc);
    assert.equal(requestIdOf(status), "request-1");
    const back = errorFromStatus(status);
    for (const key of ["code", "reason", "message", "details", "violations", "retryAfter"] as const)
      assert.deepEqual(back[key], error[key], key);
  }
});

test("an error with nothing but a reason comes back with nothing else", () => {
  const back = errorFromStatus(
    statusFromError(new AppError({ code: "ABORTED", reason: "R", message: "m" }), "chat", "x"),
  );
  assert.deepEqual([back.details, back.violations, back.retryAfter], [undefined, undefined, undefined]);
});

test("a detail that is not a text travels as its JSON", () => {
  const error = new AppError({
    code: "NOT_FOUND",
    reason: "R",
    message: "m",
    details: { tries: 3, at: null, none: undefined },
  });
  assert.deepEqual(errorFromStatus(statusFromError(error, "chat", "x")).details, { tries: "3", at: "null" });
});

test("cause and stack never travel", () => {
  const cause = new Error("planted-secret");
  const error = new AppError({ code: "INTERNAL", reason: "INTERNAL", message: "Something went wrong", cause });
  const { metadata, details } = statusFromError(error, "chat", "x");
  const sent = JSON.stringify(metadata.toJSON()) + details + metadata.get("grpc-status-details-bin").map(String).join();
  assert.doesNotMatch(sent, /planted-secret|error-map/);
});

test("a thousand violations still fit into the trailers that every client accepts", () => {
  const violations = Array.from({ length: 1000 }, (_, index) => ({
    path: `items[${index}]`,
    message: "is wrong",
    rule: "r",
  }));
  const details = { long: "x".repeat(100_000), short: "kept" };
  const init = { code: "INVALID_ARGUMENT", reason: "R", message: "m".repeat(5000), details, violations } as const;
  const status = statusFromError(new AppError(init), "chat", "x");
  const size = String(status.metadata.toHttp2Headers()["grpc-status-details-bin"]).length + status.details.length;
  assert.ok(size < 8192, `${size} bytes`);
  const back = errorFromStatus(status);
  assert.deepEqual(back.violations?.[0], violations[0]);
  assert.ok((back.violations?.length ?? 0) > 10);
  assert.deepEqual(back.details, { short: "kept" });
});

test("a message that is no Unicode text is mended, not thrown at the library", () => {
  const status = statusFromError(new AppError({ code: "ABORTED", reason: "R", message: "a\ud800b" }), "chat", "x");
  assert.equal(status.details, "a\ufffdb");
});

test("a status from elsewhere keeps its code and gets a reason", () => {
  const reasonOf = (code: number): string => errorFromStatus({ code, details: "words" }).reason;
  assert.deepEqual([1, 4, 14, 12, 5, 13].map(reasonOf), [
    "CANCELLED",
    "DEADLINE_EXCEEDED",
    "UNREACHABLE",
    "OPERATION_NOT_FOUND",
    "GRPC_NOT_FOUND",
    "GRPC_INTERNAL",
  ]);
  assert.equal(errorFromStatus({ code: 77, details: "" }).code, "UNKNOWN");
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff]));
  assert.equal(errorFromStatus({ code: 5, details: "words", metadata }).reason, "GRPC_NOT_FOUND");
});
