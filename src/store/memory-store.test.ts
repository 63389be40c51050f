import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, keepUnder, leaseOf, said } from "../testing/store/store-steps.ts";
import { storeSuite } from "../testing/store-suite.ts";
import { createMemoryStore } from "./memory-store.ts";

storeSuite({ test }, async () => {
  let time = 1_000;
  const store = createMemoryStore({ now: () => time });
  return {
    store,
    other: store,
    advance: (millis) => {
      time += millis;
    },
    close: () => store.close(),
  };
});

test("beyond its bytes the entries least recently used are dropped", async () => {
  const store = createMemoryStore({ maxBytes: 10_000 });
  const body = "x".repeat(2_000);
  for (const key of ["a", "b", "c", "d"]) await keep(store, key, ["tag"], body);
  assert.equal(await said(store, "a"), `hit ${body}`);
  await keep(store, "e", ["tag"], body);
  const there = await Promise.all(["a", "b", "c", "d", "e"].map(async (key) => (await said(store, key)) !== "miss"));
  assert.deepEqual(there, [true, false, true, true, true]);
});

test("bytes are given back with what is dropped: entries that come and go never fill it", async () => {
  const store = createMemoryStore({ maxBytes: 10_000 });
  await keep(store, "stays", [], "here");
  for (let n = 0; n < 100; n++) {
    await keepUnder(await leaseOf(store, "none"), store, "k", ["tag"], "x".repeat(3_000));
    if (n % 3 === 0) store.unfence("writer", ["tag"]);
    if (n % 7 === 0) await said(store, "k");
  }
  assert.equal(await said(store, "stays"), "hit here");
});

test("an entry larger than all may be together is not kept, and drives out nothing", async () => {
  const store = createMemoryStore({ maxBytes: 10_000 });
  await keep(store, "small", ["tag"]);
  assert.equal(await keep(store, "large", ["tag"], "x".repeat(10_000)), false);
  assert.equal(await said(store, "small"), "hit small");
});

test("answers come at once, without a promise", () => {
  const store = createMemoryStore();
  const answer = store.ask({ limits: [{ key: "k", interval: 1, burst: 1 }], entry: "e" });
  assert.equal(answer.entry?.state, "miss");
});
