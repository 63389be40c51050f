// The store's lives: around a migration it is sealed, and nothing of before is served after it.

import assert from "node:assert/strict";
import { keep, keepUnder, leaseOf, said } from "./store-steps.ts";
import type { OnStore } from "./store-subject.ts";

/** Declares the tests of seal and renew. */
export function livesSuite(on: OnStore): void {
  on("a store that lost nothing is open", async ({ store }) => {
    assert.equal(store.isReachable, true);
    assert.equal(await said(store, "k"), "miss");
  });

  on("a sealed store serves and keeps nothing, in any process", async ({ store, other }) => {
    await keep(store, "k", ["tag"]);
    const lease = await leaseOf(store, "other");
    await store.seal();
    for (const asked of [store, other]) {
      assert.equal(await said(asked, "k"), "closed");
      assert.equal(await keepUnder(lease, asked, "other", ["tag"]), false);
    }
  });

  on("a new life has no entries of the one before, and takes none that were loaded in it", async ({ store, other }) => {
    await keep(store, "k", ["tag"]);
    const lease = await leaseOf(store, "other");
    await store.seal();
    await store.renew();
    for (const asked of [store, other]) {
      assert.equal(await said(asked, "k"), "miss");
      assert.equal(await keepUnder(lease, asked, "other", ["tag"]), false);
    }
    assert.equal(await keep(other, "k", ["tag"]), true);
    assert.equal(await said(store, "k"), "hit k");
  });

  on("a lease bears the name of its life: its clock alone does not let it in", async ({ store }) => {
    const { boot } = await leaseOf(store, "k");
    await store.renew();
    const { clock } = await leaseOf(store, "k");
    assert.equal(await keepUnder({ clock, boot }, store, "k", ["tag"]), false);
  });

  on("fences stand through a new life", async ({ store, other }) => {
    await store.fence("writer", ["tag"]);
    await other.seal();
    await other.renew();
    assert.equal(await keep(store, "k", ["tag"]), false);
    await store.unfence("writer", ["tag"]);
    assert.equal(await keep(store, "k", ["tag"]), true);
  });
}
