import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, Mutex, sleep } from "./async.ts";

test("a sleep ends early with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const slept = sleep(60_000, controller.signal);
  controller.abort(reason);
  await assert.rejects(slept, reason);
  await assert.rejects(sleep(1, AbortSignal.abort(reason)), reason);
  await sleep(1, new AbortController().signal);
});

test("a back-off stays below its bound and its cap", () => {
  for (let attempt = 0; attempt < 40; attempt++) {
    const millis = backoff(attempt, 10, 200);
    assert.ok(millis >= 0 && millis <= Math.min(200, 10 * 2 ** attempt));
  }
});

test("a mutex runs tasks one after another in order, and goes on after one that fails", async () => {
  const mutex = new Mutex();
  const seen: string[] = [];
  const task = (name: string, fails = false) =>
    mutex.run(async () => {
      seen.push(`${name} in`);
      await sleep(1);
      seen.push(`${name} out`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([task("a"), task("b", true), task("c")]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(seen, ["a in", "a out", "b in", "b out", "c in", "c out"]);
});
