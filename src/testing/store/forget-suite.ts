// The janitor: what is forgotten is below the floor, so that nothing depends on it.

import assert from "node:assert/strict";
import { fenceLife, maxEntryLife } from "../../store/store.ts";
import { keep, keepUnder, leaseOf, said } from "./store-steps.ts";
import type { OnStore } from "./store-subject.ts";

/** Milliseconds: more than any store waits beyond an entry's life. */
const later = maxEntryLife + 10_000;

/** Declares the tests of forget. */
export function forgetSuite(on: OnStore): void {
  on("tags that entries may depend on are remembered", async ({ store, advance }) => {
    await store.unfence("writer", ["a", "b"]);
    await keep(store, "k", ["a"]);
    await advance(maxEntryLife / 2);
    assert.equal(await store.forget(), 0);
    assert.equal(await said(store, "k"), "hit k");
  });

  on("what was loaded before a bump is not kept when the bump is forgotten", async ({ store, advance }) => {
    const lease = await leaseOf(store, "k");
    await store.unfence("writer", ["tag"]);
    await advance(later);
    assert.equal(await store.forget(), 1);
    assert.equal(await keepUnder(lease, store, "k", ["tag"]), false);
    assert.equal(await keep(store, "k", ["tag"]), true);
  });

  on("entries loaded since a forgotten bump are served on", async ({ store, advance }) => {
    await store.unfence("writer", ["tag"]);
    await advance(maxEntryLife / 2);
    await keep(store, "k", ["tag"]);
    await advance(maxEntryLife / 2 + 10_000);
    assert.equal(await store.forget(), 1);
    assert.equal(await said(store, "k"), "hit k");
  });

  on("an entry below the floor is not served, whatever its own tags are", async ({ store, advance }) => {
    const lease = await leaseOf(store, "k");
    await store.unfence("writer", ["another tag"]);
    await advance(maxEntryLife / 2);
    assert.equal(await keepUnder(lease, store, "k", ["tag"]), true);
    await advance(maxEntryLife / 2 + 10_000);
    assert.equal(await said(store, "k"), "hit k");
    assert.equal(await store.forget(), 1);
    assert.equal(await said(store, "k"), "miss");
  });

  on("a fence that is found expired counts as a bump of now", async ({ store, advance }) => {
    await store.fence("writer", ["tag"]);
    await advance(later + fenceLife);
    assert.equal(await store.forget(), 0);
    await advance(later);
    assert.equal(await store.forget(), 1);
  });

  on("many tags are forgotten, and the floor is above all of them", async ({ store, advance }) => {
    const leases = [await leaseOf(store, "k")];
    for (let round = 0; round < 3; round++) {
      await store.unfence(
        "writer",
        Array.from({ length: 700 }, (_, n) => `tag ${round} ${n}`),
      );
      leases.push(await leaseOf(store, "k"));
    }
    await advance(later);
    assert.equal(await store.forget(), 2_100);
    const kept: boolean[] = [];
    for (const lease of leases) kept.push(await keepUnder(lease, store, "k", ["tag 2 699"]));
    assert.deepEqual(kept, [false, false, false, true]);
    assert.equal(await store.forget(), 0);
  });
}
