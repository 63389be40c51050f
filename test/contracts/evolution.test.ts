// A contract over several steps: numbers that stay, names that are retired, breaks that are accepted and told.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { z } from "trivium/contract";
import type { Generation } from "../../src/app/generated.ts";
import { type ContractFolder, contractFolder, protoText } from "./contract-folder.ts";
import type { ShopParts } from "./shop.ts";

let folder: ContractFolder;
let first: Generation;

beforeEach(async () => {
  folder = await contractFolder();
  first = folder.generate(() => undefined);
  await folder.commit(first);
  await folder.write("first", first);
});
afterEach(() => folder.remove());

const names = ({ breaking }: Generation): string[] => breaking.map(({ name }) => name);
const lockOf = ({ lock }: Generation) => JSON.parse(lock?.text ?? "");
const unchanged = (): void => undefined;
const withoutTags = (shop: ShopParts): void => without(shop, "tags");

function without(shop: ShopParts, field: string): void {
  const { [field]: _, ...others } = shop.item;
  shop.item = others;
}

test("what was removed leaves its number and its name behind, and what is new gets the next number", async () => {
  const tagged = folder.generate(
    (shop) => {
      withoutTags(shop);
      shop.item = { size: z.string(), ...shop.item };
    },
    { accept: ["model Item.tags: removed"] },
  );
  assert.deepEqual(tagged.breaking, []);
  const text = protoText(tagged);
  assert.match(text, /message Item \{\n {2}reserved 6;\n {2}reserved "tags";\n\n/);
  assert.match(text, /optional string size = 16;/);
  assert.match(text, /optional string id = 1;/);
  await folder.commit(tagged);
  assert.deepEqual(lockOf(tagged).accepted, [{ change: "model Item.tags: removed", version: "1.2.0" }]);
  assert.equal(
    protoText(
      folder.generate((shop) => {
        withoutTags(shop);
        shop.item = { ...shop.item, size: z.string() };
      }),
    ).includes("size = 16;"),
    true,
  );
});

test("a name that was retired is used again only where that is accepted, and under a new number; buf thinks the same", async () => {
  const removed = folder.generate(withoutTags, { accept: ["model Item.tags: removed"] });
  await folder.commit(removed);
  await folder.write("removed", removed);
  assert.equal(await folder.breaking("first", "removed"), "");

  const again = folder.generate(unchanged);
  assert.deepEqual(names(again), ["fair.shop.v1.Item.tags: was retired and is used again"]);
  assert.match(protoText(again), /reserved 6;\n\n/);
  assert.match(protoText(again), /repeated string tags = 16;/);
  await folder.write("again", again);
  assert.match(await folder.breaking("removed", "again"), /reserved name "tags"/);
});

test("a declared rename keeps the number; who speaks JSON is told of all the same, by us and by buf", async () => {
  const renamed = (shop: ShopParts): void => {
    const { name, ...others } = shop.item;
    shop.item = { title: name ?? z.string(), ...others };
  };
  const asTwo = folder.generate(renamed);
  assert.deepEqual(names(asTwo), ["model Item.name: removed"]);
  assert.match(protoText(asTwo), /optional string title = 16;/);

  const renames = [{ message: "fair.shop.v1.Item", from: "name", to: "title" }];
  const asOne = folder.generate(renamed, { renames });
  assert.deepEqual(names(asOne), ["model Item.name: removed"]);
  const accepted = folder.generate(renamed, { renames, accept: names(asOne) });
  assert.deepEqual(accepted.breaking, []);
  assert.match(protoText(accepted), /reserved "name";\n/);
  assert.match(protoText(accepted), /optional string title = 2;/);
  const changes = lockOf(accepted).accepted.map(({ change }: { change: string }) => change);
  assert.deepEqual(changes, ["model Item.name: removed", "fair.shop.v1.Item.name: renamed to title"]);
  await folder.write("renamed", accepted);
  assert.match(await folder.breaking("first", "renamed"), /changed name from "name" to "title"/);

  await folder.commit(accepted);
  const later = folder.generate(renamed);
  assert.deepEqual([later.breaking, protoText(later)], [[], protoText(accepted)]);
});

test("a value of an enum is renamed in the same way", async () => {
  const renamed = (shop: ShopParts): void => {
    shop.item = { ...shop.item, kind: z.enum(["toy", "tome"]) };
  };
  const renames = [{ message: "fair.shop.v1.Item.Kind", from: "KIND_BOOK", to: "KIND_TOME" }];
  const accepted = folder.generate(renamed, { renames });
  assert.deepEqual([accepted.breaking, accepted.idle], [[], []]);
  assert.match(protoText(accepted), /KIND_TOY = 2;\n\s+KIND_TOME = 1;/);
  await folder.write("renamed", accepted);
  assert.match(await folder.breaking("first", "renamed"), /KIND_BOOK/);
});

test("a name that is accepted, or renamed, and is no change is told", () => {
  assert.deepEqual(folder.generate(unchanged, { accept: ["model Item.tags: removed"] }).idle, [
    "model Item.tags: removed",
  ]);
  const renames = [{ message: "fair.shop.v1.Item", from: "nmae", to: "title" }];
  assert.deepEqual(folder.generate(unchanged, { renames }).idle, ["fair.shop.v1.Item.nmae: renamed to title"]);
});

test("what one step accepted is not accepted for ever", async () => {
  const accept = ["model Item.tags: removed"];
  await folder.commit(folder.generate(withoutTags, { accept }));
  await folder.commit(folder.generate(unchanged, { accept: names(folder.generate(unchanged)) }));
  assert.deepEqual(names(folder.generate(withoutTags)), accept);
});

test("an operation that comes back starts behind the numbers that it had", async () => {
  const silent = (shop: ShopParts): void => {
    shop.talk = "none";
  };
  const removed = folder.generate(silent, { accept: ["shop.talk: removed"] });
  await folder.commit(removed);
  assert.equal(lockOf(removed).wire.messages["fair.shop.v1.TalkItem"].gone, true);
  const back = folder.generate(unchanged);
  assert.deepEqual(back.breaking, []);
  assert.match(protoText(back), /message TalkItem \{\n {2}reserved 1 to 2;\n\n {2}optional string text = 3;/);
});

test("against an older lock, a lock that was thrown away and made anew is found out", async () => {
  const moved = (shop: ShopParts): void => {
    withoutTags(shop);
    const { id, ...others } = shop.item;
    shop.item = { ...others, id: id ?? z.uuid(), kind: z.enum(["toy"]) };
  };
  await folder.commit({
    ...first,
    lock: { path: "", text: JSON.stringify({ ...lockOf(first), wire: { messages: {}, enums: {}, methods: {} } }) },
  });
  const found = names(folder.generate(moved, {}, first.lock?.text));
  assert.ok(found.includes("model Item.tags: removed"), found.join("\n"));
  assert.ok(found.includes("fair.shop.v1.Item.id: renamed to name"), found.join("\n"));
  assert.ok(found.includes("fair.shop.v1.Item.colour: number 15 given up and not reserved"), found.join("\n"));
  assert.ok(found.includes("fair.shop.v1.Item.Kind.KIND_BOOK: renamed to KIND_TOY"), found.join("\n"));
  assert.ok(found.includes("fair.shop.v1.Item.Kind.KIND_TOY: number 2 given up and not reserved"), found.join("\n"));
});

test("against an older lock, what was accepted since passes", async () => {
  await folder.commit(folder.generate(withoutTags, { accept: ["model Item.tags: removed"] }));
  assert.deepEqual(names(folder.generate(withoutTags, {}, first.lock?.text)), []);
});

test("the numbers 19000 to 19999 are protobuf's own", async () => {
  const many = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`f${index}`, z.string()]));
  const text = first.lock?.text.replace('"made_by": { "number": 10', '"made_by": { "number": 18998') ?? "";
  await folder.commit({ ...first, lock: { path: "", text } });
  const numbers = protoText(folder.generate((shop) => Object.assign(shop.item, many))).matchAll(/ f\d = (\d+)/g);
  assert.deepEqual(
    [...numbers].map(([, number]) => number),
    ["18999", "20000", "20001"],
  );
});

test("a lock of another app, or none at all, is told in plain words", async () => {
  const commit = (text: string) => folder.commit({ ...first, lock: { path: "", text } });
  await commit("{");
  assert.throws(() => folder.generate(unchanged), /cannot be used: 1 problem\n {2}- it is not valid JSON/);
  await commit("{}");
  assert.throws(() => folder.generate(unchanged), /not of the form/);
  await commit((first.lock?.text ?? "").replace('"app": "fair"', '"app": "unfair"'));
  assert.throws(() => folder.generate(unchanged), /belongs to the app "unfair"/);
});
