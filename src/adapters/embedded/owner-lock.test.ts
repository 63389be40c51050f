import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readOwner, tryOwn } from "./owner-lock.ts";

async function freshFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "trivium-owner-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a folder has one owner, until it gives the folder up", async (context) => {
  const folder = await freshFolder(context);
  const owner = await tryOwn(folder);
  assert.ok(owner);
  assert.equal(await tryOwn(folder), undefined);
  assert.equal((await readOwner(folder))?.pid, process.pid);
  await owner.release();
  await owner.release();
  assert.equal(await readOwner(folder), undefined);
  const next = await tryOwn(folder);
  assert.ok(next);
  await next.release();
});

test("what the owner publishes is read by others, and by no other user", async (context) => {
  const folder = await freshFolder(context);
  const owner = await tryOwn(folder);
  assert.deepEqual(await readOwner(folder), { pid: process.pid, address: "", secret: "" });
  await owner?.publish("http://127.0.0.1:8080", "s3cret");
  assert.deepEqual(await readOwner(folder), { pid: process.pid, address: "http://127.0.0.1:8080", secret: "s3cret" });
  assert.equal((await stat(join(folder, "owner.json"))).mode & 0o777, 0o600);
  await owner?.release();
});

test("a record that is missing or broken is no record", async (context) => {
  const folder = await freshFolder(context);
  assert.equal(await readOwner(folder), undefined);
  for (const text of ["", "{", "null", '{"pid":"1","address":"a","secret":"s"}', '{"pid":1}']) {
    await writeFile(join(folder, "owner.json"), text);
    assert.equal(await readOwner(folder), undefined, text);
  }
});
