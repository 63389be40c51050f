// Fences: while a writer may be about to commit, nothing of its tags is served or kept, and nothing loaded before it ends.

import assert from "node:assert/strict";
import { fenceLife } from "../../store/store.ts";
import { keep, keepAfterExpiry, keepUnder, leaseOf, said } from "./store-steps.ts";
import type { OnStore } from "./store-subject.ts";

/** Declares the tests of fences. */
export function fencesSuite(on: OnStore): void {
  on(
    "under a fence nothing is served or kept, in any process; after it the entry is gone",
    async ({ store, other }) => {
      await keep(store, "k", ["a", "b"]);
      await keep(store, "free", ["c"]);
      await other.fence("writer", ["b", "d"]);
      assert.deepEqual([await said(store, "k"), await said(store, "free")], ["fenced", "hit free"]);
      assert.equal(await keep(store, "k", ["a", "b"]), false, "a lease taken under the fence");
      await other.unfence("writer", ["b", "d"]);
      assert.equal(await said(store, "k"), "miss");
      assert.equal(await keep(store, "k", ["a", "b"]), true);
    },
  );

  on("what was loaded under a fence is not kept after it", async ({ store }) => {
    await store.fence("writer", ["tag"]);
    const lease = await leaseOf(store, "k");
    await store.unfence("writer", ["tag"]);
    assert.equal(await keepUnder(lease, store, "k", ["tag"]), false);
  });

  on("as long as one writer's fence stands, the others' ends change nothing", async ({ store, other }) => {
    await keep(store, "k", ["tag"]);
    await store.fence("first", ["tag"]);
    await other.fence("second", ["tag"]);
    await store.unfence("first", ["tag"]);
    assert.equal(await said(store, "k"), "fenced");
    assert.equal(await keep(store, "k", ["tag"]), false);
    await other.unfence("second", ["tag"]);
    assert.equal(await keep(store, "k", ["tag"]), true);
  });

  on("unfence bumps, also when its token's fence is gone or never was", async ({ store, advance }) => {
    const early = await leaseOf(store, "k");
    await store.unfence("nobody", ["tag"]);
    assert.equal(await keepUnder(early, store, "k", ["tag"]), false);
    await store.fence("writer", ["tag"]);
    await advance(fenceLife);
    assert.equal(await keepAfterExpiry(store, "k", ["tag"]), true);
    await store.unfence("writer", ["tag"]);
    assert.equal(await said(store, "k"), "miss");
  });

  on("a fence stands for its life and no longer", async ({ store, advance }) => {
    await store.fence("writer", ["tag"]);
    await advance(fenceLife - 2_000);
    assert.equal(await keep(store, "k", ["tag"]), false);
    await advance(2_000);
    assert.equal(await keepAfterExpiry(store, "k", ["tag"]), true);
    assert.equal(await said(store, "k"), "hit k");
  });

  on("a fence that expires bumps its tag: what was loaded under it is not kept", async ({ store, advance }) => {
    await store.fence("writer", ["tag"]);
    const lease = await leaseOf(store, "k");
    await advance(fenceLife);
    assert.equal(await keepUnder(lease, store, "k", ["tag"]), false);
    assert.equal(await keep(store, "k", ["tag"]), true);
  });

  on("the first to look after a fence has expired is answered a lease that holds", async ({ store, advance }) => {
    await keep(store, "k", ["tag"]);
    await store.fence("writer", ["tag"]);
    await advance(fenceLife);
    const lease = await leaseOf(store, "k");
    assert.equal(await keepUnder(lease, store, "k", ["tag"]), true);
  });

  on("a fence that is set again lasts anew", async ({ store, advance }) => {
    await store.fence("writer", ["tag"]);
    await advance(40_000);
    await store.fence("writer", ["tag"]);
    await advance(40_000);
    assert.equal(await keep(store, "k", ["tag"]), false);
    await advance(20_000);
    assert.equal(await keepAfterExpiry(store, "k", ["tag"]), true);
  });

  on("a fence over many tags is over all of them", async ({ store }) => {
    const tags = Array.from({ length: 2_500 }, (_, n) => `tag ${n}`);
    await keep(store, "first", tags.slice(0, 1));
    await keep(store, "last", tags.slice(-1));
    await store.fence("writer", tags);
    assert.deepEqual([await said(store, "first"), await said(store, "last")], ["fenced", "fenced"]);
    await store.unfence("writer", tags);
    assert.deepEqual([await said(store, "first"), await said(store, "last")], ["miss", "miss"]);
  });
}
