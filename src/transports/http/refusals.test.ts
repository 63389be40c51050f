import assert from "node:assert/strict";
import { test } from "node:test";
import { createNotesApp } from "./notes.fixture.ts";
import { allowFinder, errorFromParser } from "./refusals.ts";

test("the methods of a path are those of every route that matches it", () => {
  const allowOf = allowFinder(createNotesApp().registry.operations, ["/openapi.json"]);
  assert.equal(allowOf("/v1/notes"), "GET, HEAD, POST, OPTIONS");
  assert.equal(allowOf("/v1/notes/anything"), "GET, HEAD, PATCH, DELETE, OPTIONS");
  assert.equal(allowOf("/openapi.json"), "GET, HEAD, OPTIONS");
  for (const path of ["/openapiXjson", "/v1/notes/", "/v1/notes/a/b", "/v1/notesx", ""])
    assert.equal(allowOf(path), undefined, path);
});

test("what Node's parser refuses is told apart", () => {
  const facts = (code: string | undefined): unknown => {
    const { reason, httpStatus } = errorFromParser(code);
    return [reason, httpStatus];
  };
  assert.deepEqual(facts("ERR_HTTP_REQUEST_TIMEOUT"), ["DEADLINE_EXCEEDED", 408]);
  assert.deepEqual(facts("HPE_HEADER_OVERFLOW"), ["MALFORMED_REQUEST", 431]);
  assert.deepEqual(facts("HPE_INVALID_METHOD"), ["MALFORMED_REQUEST", undefined]);
  assert.deepEqual(facts(undefined), ["MALFORMED_REQUEST", undefined]);
});
