// What only a process of its own shows: exit codes, pipes, a reader that goes away, a signal.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { finishChild, startChild } from "./fixture/child-program.fixture.ts";

const fixture = fileURLToPath(new URL("./fixture/child.fixture.ts", import.meta.url));
const start = (t: TestContext, args: readonly string[]) => startChild(t, fixture, args);

test("exit codes are the codes of the errors, and a pipe is read to its end", async (t) => {
  const id = "01932c5e-7a10-7c3f-9d2a-000000000000";
  const runs: readonly (readonly [args: readonly string[], exit: number])[] = [
    [["version"], 0],
    [["notes", "get", "--id", id], 5],
    [["notes", "get", "--id", id, "--token", "bad"], 16],
    [["notes", "burst"], 13],
    [["nots"], 2],
  ];
  const exits = await Promise.all(runs.map(async ([args]) => (await finishChild(start(t, args))).exit));
  assert.deepEqual(
    exits,
    runs.map(([, exit]) => exit),
  );
  const child = start(t, ["notes", "write", "--input", "-", "--json"]);
  child.stdin.end(JSON.stringify({ text: "ü".repeat(100_000), numbers: [] }));
  const { exit, stderr } = await finishChild(child);
  assert.equal(exit, 2);
  assert.match(stderr, /too_long/);
});

test("a reader that has seen enough ends the output, not the program", async (t) => {
  const child = start(t, ["notes", "flood"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { exit, stderr } = await finishChild(child);
  assert.deepEqual([exit, stderr], [0, "calling\n"]);
});

test("Ctrl-C cancels the call: exit code 130, and nothing on stdout", async (t) => {
  const child = start(t, ["notes", "wait"]);
  child.stderr.once("data", () => child.kill("SIGINT"));
  const { exit, stdout, stderr } = await finishChild(child);
  assert.deepEqual([exit, stdout], [130, ""]);
  assert.match(stderr, /CANCELLED/);
});
