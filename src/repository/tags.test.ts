import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { model } from "../contract/model.ts";
import { table } from "./table.ts";
import { listTag, partitionTag, rowTag, setTag, tableTag, touchedTags } from "./tags.ts";

const Member = model("Member", { channelId: z.uuid(), name: z.string(), seat: z.int().nullable() });
const members = table(Member, {
  name: "app.members",
  key: ["channelId", "name"],
  partitions: ["channelId", "seat"],
  affects: ["app.seats"],
});
const channelId = "01932C5E-7a10-7c3f-9d2a-0123456789ab";
const lower = channelId.toLowerCase();

test("values that the database takes for equal make one tag", () => {
  assert.equal(rowTag(members, { channelId, name: "ann" }), rowTag(members, { channelId: lower, name: "ann" }));
  assert.equal(partitionTag(members, "channelId", channelId), `app.members?channelId=${lower}`);
});

test("keys of several fields are never taken for one another, whatever their texts hold", () => {
  const seen = new Set<string>();
  for (const name of ["a", "a,b", "'a", "a%2Cb", "", "*", "A", "ä", "a b"])
    seen.add(rowTag(members, { channelId, name }));
  assert.equal(seen.size, 9);
  assert.ok(!seen.has(listTag(members)));
});

test("no value is a partition of its own", () => {
  assert.equal(partitionTag(members, "seat", null), partitionTag(members, "seat", undefined));
  assert.notEqual(partitionTag(members, "seat", null), partitionTag(members, "seat", 0));
});

test("a read depends on the narrowest set that its condition names", () => {
  assert.equal(setTag(members, { name: "ann" }), listTag(members));
  assert.equal(setTag(members, { name: "ann", seat: 3 }), "app.members?seat=3");
});

test("a write touches its row, the list of all, every partition it is in, and what it affects", () => {
  assert.deepEqual(touchedTags(members, { channelId, name: "ann", seat: 3 }), [
    `app.members:${lower},ann`,
    "app.members:*",
    `app.members?channelId=${lower}`,
    "app.members?seat=3",
    tableTag("app.seats"),
  ]);
});

test("a table names tags for SQL of one's own: a row, a partition, or all", () => {
  assert.equal(members.tag({ channelId, name: "ann" }), rowTag(members, { channelId, name: "ann" }));
  assert.equal(members.tag({ channelId }), partitionTag(members, "channelId", channelId));
  assert.equal(members.tag(), listTag(members));
  assert.throws(() => members.tag({ seats: 3 } as never), /there is no field seats/);
});
