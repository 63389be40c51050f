import assert from "node:assert/strict";
import { test } from "node:test";
import { uuidv7 } from "./ids.ts";

test("an id is a UUID of version 7 that carries its time", () => {
  const later = Date.now() + 60_000;
  const id = uuidv7(later);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), later);
});

test("ids sort in the order in which they were made, and none comes twice, also when the clock goes back", () => {
  const start = Date.now() + 120_000;
  const ids = Array.from({ length: 50_000 }, (_, index) => uuidv7(start - (index % 7)));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});
