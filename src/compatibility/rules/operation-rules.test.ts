import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContractForm } from "../form/contract-form.ts";
import { operationChanges } from "./operation-rules.ts";

function form(path: string): ContractForm {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const input = {
    type: "object",
    properties: Object.fromEntries(parameters.map((name) => [name, { type: "string" }])),
  };
  const http = { method: "GET", path, status: 200 };
  const read = { kind: "query", http, access: ["user"], idempotency: "none", versioned: false, input, failures: {} };
  return { operations: { "notes.read": read }, models: { input: {}, output: {} }, events: {} };
}

const changes = (old: string, now: string): string[] => operationChanges(form(old), form(now)).map(({ name }) => name);

test("a parameter may move in a path only with its name", () => {
  assert.deepEqual(changes("/v1/{shelf}/{book}", "/v1/{book}/{shelf}"), [
    "notes.read: path /v1/{shelf}/{book} to /v1/{book}/{shelf}",
  ]);
  assert.deepEqual(changes("/v1/books/{id}", "/v1/books/{bookId}"), ["notes.read input.id: removed"]);
  assert.deepEqual(changes("/v1/books/{id}", "/v1/tomes/{id}"), ["notes.read: path /v1/books/{} to /v1/tomes/{}"]);
});
