import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openShell, type Shell } from "./shell.ts";

const folder = mkdtempSync(join(tmpdir(), "trivium-shell-"));
let shell: Shell;

before(() => {
  shell = openShell({ cwd: folder, env: process.env, folder });
});

after(async () => {
  await shell.close();
  rmSync(folder, { recursive: true });
});

test("variables and functions are kept from block to block", async () => {
  await shell.run('greeting="it\'s"; greet() { echo "$greeting $1"; }');
  assert.deepEqual(await shell.run("greet me"), { output: "it's me\n", exit: 0, failedBefore: false });
});

test("both outputs are seen as they came", async () => {
  const { output } = await shell.run("echo out; echo err >&2; printf end");
  assert.equal(output, "out\nerr\nend");
});

test("the exit code is the last command's, and a failure before it is told", async () => {
  assert.deepEqual(await shell.run("true\n(exit 5)"), { output: "", exit: 5, failedBefore: false });
  assert.deepEqual(await shell.run("false\necho on"), { output: "on\n", exit: 0, failedBefore: true });
  assert.deepEqual(await shell.run("false\n(exit 5)"), { output: "", exit: 5, failedBefore: true });
  assert.equal((await shell.run("x=$(false)\ntrue")).failedBefore, true);
  assert.equal((await shell.run("false | cat\ntrue")).failedBefore, true);
  assert.equal((await shell.run("if false; then true; fi\nfalse || true")).failedBefore, false);
});

test("nothing is asked of a person", async () => {
  assert.equal((await shell.run("cat")).output, "");
});

test("a shell that ends is an error with what it printed", async () => {
  const other = openShell({ cwd: folder, env: process.env, folder });
  await assert.rejects(other.run("echo last words; exit 3"), /last words/);
});
