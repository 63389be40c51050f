import assert from "node:assert/strict";
import { test } from "node:test";
import { containsInOrder, matches, normalised } from "./compare.ts";

const one = "01932c5e-7a10-7c3f-9d2a-0123456789ab";
const other = "01932c5e-7a10-7c3f-9d2a-ba9876543210";

test("ids, tokens and times of another run are equal", () => {
  assert.ok(
    matches(`{"id":"${one}","at":"2026-11-22T18:40:00.123Z"}`, `{"id":"${other}","at":"2025-01-01T00:00:00.000Z"}`),
  );
  assert.ok(matches("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIx.abc-_1", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIy.xyz"));
  assert.equal(normalised("took 12 ms, 1.5s"), "took <duration>, <duration>");
});

test("another text is not equal", () => {
  assert.ok(!matches("HTTP/1.1 201 Created", "HTTP/1.1 200 OK"));
  assert.ok(!matches("one\ntwo", "one"));
  assert.ok(!matches("one", "one\ntwo"));
});

test("the same id must stand in the same places", () => {
  assert.ok(matches(`${one} ${one}`, `${other} ${other}`));
  assert.ok(!matches(`${one} ${one}`, `${one} ${other}`));
});

test("an ellipsis stands for the rest of a line, or for lines", () => {
  assert.ok(matches("etag: abc\nfine", "etag: …\nfine"));
  assert.ok(matches("a 1 b 2 c", "a … b … c"));
  assert.ok(!matches("a 1 c", "a … b … c"));
  assert.ok(matches("one\ntwo\nthree", "one\n…\nthree"));
  assert.ok(matches("one\nthree", "one\n…\nthree"));
  assert.ok(!matches("one\ntwo\nfour", "one\n…\nthree"));
});

test("of a server's output only the shown lines count, in their order", () => {
  assert.ok(containsInOrder("npm\n{log}\nHTTP on 1\n{log}\ngRPC on 2", "HTTP on 1\ngRPC on 2"));
  assert.ok(!containsInOrder("gRPC on 2\nHTTP on 1", "HTTP on 1\ngRPC on 2"));
});
