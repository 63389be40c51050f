// Our own comparison of contracts and buf's, over the same planted changes: what breaks gRPC's form, breaks it for both.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Generation } from "../../src/app/generated.ts";
import { type ContractFolder, contractFolder, protoText } from "./contract-folder.ts";
import { type PlantedChange, plantedChanges } from "./planted-changes.ts";

let folder: ContractFolder;
let old: Generation;

before(async () => {
  folder = await contractFolder();
  old = folder.generate(() => undefined);
  await folder.commit(old);
  await folder.write("old", old);
});
after(() => folder.remove());

test("buf sees more than twenty of the changes, and of each verdict several", () => {
  const seen = plantedChanges.filter((change) => change.buf !== "unseen");
  assert.ok(seen.length > 20, `${seen.length}`);
  for (const verdict of ["breaks", "passes"]) assert.ok(seen.filter((change) => change.buf === verdict).length >= 8);
});

for (const [index, change] of plantedChanges.entries())
  test(`${change.ours.length > 0 ? "breaks" : "is fine"}: ${change.name}`, () => compareBoth(change, `new-${index}`));

async function compareBoth({ plant, ours, buf: verdict }: PlantedChange, name: string): Promise<void> {
  const now = folder.generate(plant);
  assert.deepEqual(now.breaking.map((change) => change.name).sort(), [...ours].sort());
  assert.equal(
    now.breaking.some(({ side }) => side === "grpc"),
    verdict === "breaks",
    "our verdict on gRPC's form",
  );
  if (verdict === "unseen") assert.equal(protoText(now), protoText(old));
  else {
    assert.notEqual(protoText(now), protoText(old));
    await folder.write(name, now);
    assert.equal(await folder.buf(name, "lint"), "");
    const found = await folder.breaking("old", name);
    assert.equal(found === "" ? "passes" : "breaks", verdict, found);
  }
  const accepted = folder.generate(plant, { accept: ours });
  assert.deepEqual([accepted.breaking, accepted.idle], [[], []]);
}
