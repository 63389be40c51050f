// What only a process of its own shows of streams: both pipes at once, a slow reader, one that goes away, a signal.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { finishChild, startChild } from "../fixture/child-program.fixture.ts";

const fixture = fileURLToPath(new URL("./child.fixture.ts", import.meta.url));
const start = (t: TestContext, args: readonly string[]) => startChild(t, fixture, ["talks", ...args]);

test("an item is answered while the input is open; its end ends the stream", async (t) => {
  const child = start(t, ["echo"]);
  for (const text of ["one", "two"]) {
    child.stdin.write(`${JSON.stringify({ text })}\n`);
    const [answer] = await once(child.stdout, "data");
    assert.equal(String(answer), `${JSON.stringify({ text })}\n`);
  }
  child.stdin.end();
  assert.equal((await finishChild(child)).exit, 0);
});

test("a stream that the server ends ends the process, though its input is open", { timeout: 20_000 }, async (t) => {
  const child = start(t, ["echo"]);
  child.stdin.write('{"text":"one"}\n{"text":"bye"}\n');
  assert.deepEqual(await finishChild(child), { exit: 0, stdout: '{"text":"one"}\n', stderr: "calling\n" });
});

test("who refuses a call leaves its input, open as it is", { timeout: 20_000 }, async (t) => {
  assert.equal((await finishChild(start(t, ["sum"]))).exit, 2);
});

test("a reader that has seen enough ends the stream, not the program", async (t) => {
  const child = start(t, ["watch"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { exit, stderr } = await finishChild(child);
  assert.deepEqual([exit, stderr], [0, "calling\n"]);
});

test("Ctrl-C cancels the stream: exit code 130, and what was answered stays", { timeout: 20_000 }, async (t) => {
  const watching = start(t, ["watch"]);
  watching.stdout.once("data", () => watching.kill("SIGINT"));
  const watched = await finishChild(watching);
  assert.equal(watched.exit, 130);
  assert.match(watched.stdout, /^\{"n":1\}\n/);
  assert.match(watched.stderr, /\(CANCELLED\)/);
  const adding = start(t, ["sum", "--name", "x"]);
  adding.stderr.once("data", () => adding.kill("SIGINT"));
  const added = await finishChild(adding);
  assert.deepEqual([added.exit, added.stdout], [130, ""]);
});

test("who does not read the answers is sent no more, and then nothing more is read of the items", async (t) => {
  const child = start(t, ["echo"]);
  const line = `${JSON.stringify({ text: "x".repeat(1000) })}\n`;
  const count = 8000;
  let taken = 0;
  const writing = (async () => {
    for (; taken < count; taken++) await new Promise((resolve) => child.stdin.write(line, resolve));
    child.stdin.end();
  })();
  await once(child.stderr, "data");
  await delay(500); // in which it would read and answer them all
  assert.ok(taken < count / 4, `${taken} items were read`);
  const { exit, stdout } = await finishChild(child);
  await writing;
  assert.equal(exit, 0);
  assert.equal(stdout.length, line.length * count);
});
