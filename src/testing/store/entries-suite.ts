// Entries: kept as they are, until something that they were made from may have changed.

import assert from "node:assert/strict";
import { maxEntryLife, mostEntryTags } from "../../store/store.ts";
import { hour, keep, keepUnder, leaseOf, look, said } from "./store-steps.ts";
import type { OnStore } from "./store-subject.ts";

/** Declares the tests of entries. */
export function entriesSuite(on: OnStore): void {
  on("what was kept is answered byte for byte, to every process", async ({ store, other }) => {
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([...Array(256).keys()]),
      Buffer.from("é\r\n\0 =%"),
      Buffer.alloc(300_000, 7),
    ];
    for (const [index, body] of bodies.entries()) {
      const key = `key ${index} é`;
      assert.equal(await store.fill({ key, lease: await leaseOf(store, key), tags: ["tag"], body, ttl: hour }), true);
      for (const asked of [store, other]) {
        const found = await look(asked, key);
        assert.ok(found.state === "hit");
        assert.ok(body.equals(found.body), `body ${index} came back as it was`);
      }
    }
  });

  on("a part of a larger buffer is kept as that part", async ({ store }) => {
    const around = new TextEncoder().encode("around inside around");
    await store.fill({ key: "k", lease: await leaseOf(store, "k"), tags: [], body: around.subarray(7, 13), ttl: hour });
    assert.equal(await said(store, "k"), "hit inside");
  });

  on("an entry without tags is kept", async ({ store }) => {
    assert.equal(await keep(store, "k", []), true);
    assert.equal(await said(store, "k"), "hit k");
  });

  on("a bump of any of its tags ends an entry, one of another tag does not", async ({ store, other }) => {
    for (const tag of ["first", "second", "third"]) {
      assert.equal(await keep(store, "k", ["first", "second", "third"]), true);
      await other.unfence("writer", ["fourth"]);
      assert.equal(await said(store, "k"), "hit k");
      await other.unfence("writer", [tag]);
      assert.equal(await said(store, "k"), "miss", tag);
    }
  });

  on("tags of any characters are told apart", async ({ store }) => {
    const tags = [
      "a b",
      "a%20;b",
      "a%b",
      "a\nb",
      "a\tb",
      "a=1",
      "a",
      "",
      "ä b",
      "a\u00a0b",
      "a\u2028b",
      "{a}",
      "a.b",
      "\ud800",
    ];
    for (const [index, tag] of tags.entries()) assert.equal(await keep(store, `k${index}`, [tag]), true);
    for (const [index, tag] of tags.entries()) {
      await store.fence("token of = it", [tag]);
      await store.unfence("token of = it", [tag]);
      const states = await Promise.all(tags.map((_, other) => said(store, `k${other}`)));
      assert.deepEqual(
        states.map((state) => state !== "miss"),
        tags.map((_, other) => other > index),
        `after ${JSON.stringify(tag)}`,
      );
    }
  });

  on("nothing is kept that was loaded before a bump", async ({ store, other }) => {
    const lease = await leaseOf(store, "k");
    await other.unfence("writer", ["tag"]);
    assert.equal(await keepUnder(lease, store, "k", ["other", "tag"]), false);
    assert.equal(await keepUnder(lease, store, "k", ["other"]), true);
  });

  on("of two loads the one that was kept last is answered", async ({ store }) => {
    const lease = await leaseOf(store, "k");
    assert.equal(await keepUnder(lease, store, "k", ["tag"], "first"), true);
    assert.equal(await keepUnder(lease, store, "k", ["tag"], "second"), true);
    assert.equal(await said(store, "k"), "hit second");
  });

  on("an entry ends with its life, which is an hour at most", async ({ store, advance }) => {
    await keep(store, "short", ["tag"], "short", 10_000);
    await keep(store, "long", ["tag"], "long", 24 * hour);
    await advance(9_000);
    assert.deepEqual([await said(store, "short"), await said(store, "long")], ["hit short", "hit long"]);
    await advance(1_000);
    assert.deepEqual([await said(store, "short"), await said(store, "long")], ["miss", "hit long"]);
    await advance(maxEntryLife - 10_000);
    assert.equal(await said(store, "long"), "miss");
  });

  on("an entry of more tags than can be checked quickly is not kept", async ({ store }) => {
    const tags = Array.from({ length: mostEntryTags + 1 }, (_, n) => `tag ${n}`);
    assert.equal(await keep(store, "k", tags), false);
    assert.equal(await keep(store, "k", tags.slice(1)), true);
    await store.unfence("writer", [`tag ${mostEntryTags}`]);
    assert.equal(await said(store, "k"), "miss");
  });
}
