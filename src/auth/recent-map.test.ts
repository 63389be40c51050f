import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecentMap } from "./recent-map.ts";

test("the map never holds more than its capacity, and keeps what is asked for", () => {
  const map = createRecentMap<number>(100);
  map.set("wanted", -1);
  for (let i = 0; i < 1000; i++) {
    map.set(`key ${i}`, i);
    assert.equal(map.get("wanted"), -1);
    assert.ok(map.size <= 100, String(map.size));
  }
  assert.equal(map.get("key 0"), undefined);
  assert.equal(map.get("key 999"), 999);
});

test("a key set again has its new value, wherever it was", () => {
  const map = createRecentMap<number>(4);
  map.set("a", 1);
  map.set("b", 2);
  map.set("c", 3);
  map.set("a", 4);
  assert.equal(map.get("a"), 4);
});
