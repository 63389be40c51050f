// What only a process of its own shows: exit codes, pipes, a reader that goes away, a signal.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const fixture = fileURLToPath(new URL("./child.fixture.ts", import.meta.url));

function start(t: TestContext, args: readonly string[]): ChildProcessWithoutNullStreams {
  const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, fixture, ...args], {
    env: { ...process.env, XDG_CONFIG_HOME: "/nowhere", NOTE_BOOK_TOKEN: "good" },
  });
  t.after(() => child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined); // a child that has ended reads no more
  return child;
}

async function finish(
  child: ChildProcessWithoutNullStreams,
): Promise<{ exit: unknown; stdout: string; stderr: string }> {
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    texts.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    texts.stderr += chunk;
  });
  const [code, signal] = await once(child, "close");
  return { exit: signal ?? code, ...texts };
}

test("exit codes are the codes of the errors, and a pipe is read to its end", async (t) => {
  const id = "01932c5e-7a10-7c3f-9d2a-000000000000";
  const runs: readonly (readonly [args: readonly string[], exit: number])[] = [
    [["version"], 0],
    [["notes", "get", "--id", id], 5],
    [["notes", "get", "--id", id, "--token", "bad"], 16],
    [["notes", "burst"], 13],
    [["nots"], 2],
  ];
  const exits = await Promise.all(runs.map(async ([args]) => (await finish(start(t, args))).exit));
  assert.deepEqual(
    exits,
    runs.map(([, exit]) => exit),
  );
  const child = start(t, ["notes", "write", "--input", "-", "--json"]);
  child.stdin.end(JSON.stringify({ text: "ü".repeat(100_000), numbers: [] }));
  const { exit, stderr } = await finish(child);
  assert.equal(exit, 2);
  assert.match(stderr, /too_long/);
});

test("a reader that has seen enough ends the output, not the program", async (t) => {
  const child = start(t, ["notes", "flood"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { exit, stderr } = await finish(child);
  assert.deepEqual([exit, stderr], [0, "calling\n"]);
});

test("Ctrl-C cancels the call: exit code 130, and nothing on stdout", async (t) => {
  const child = start(t, ["notes", "wait"]);
  child.stderr.once("data", () => child.kill("SIGINT"));
  const { exit, stdout, stderr } = await finish(child);
  assert.deepEqual([exit, stdout], [130, ""]);
  assert.match(stderr, /CANCELLED/);
});
