import assert from "node:assert/strict";
import test from "node:test";
import { appError } from "../core/catalogue.ts";
import { createHealth } from "./health.ts";

test("a process is ready from markReady until it drains, and never again", async () => {
  const health = createHealth();
  assert.deepEqual([health.phase, (await health.report()).ready], ["starting", false]);
  health.markReady();
  assert.deepEqual([health.phase, (await health.report()).ready], ["ready", true]);
  health.drain();
  health.markReady();
  assert.deepEqual([health.phase, (await health.report()).ready], ["draining", false]);
});

test("a failing required check makes it not ready, another only shows", async () => {
  const health = createHealth();
  health.markReady();
  health.addCheck({ name: "lag", required: false, run: async () => Promise.reject(new Error("planted")) });
  health.addCheck({ name: "pool", run: async () => ({ idle: 3 }) });
  const report = await health.report();
  assert.equal(report.ready, true);
  assert.deepEqual(report.checks, [
    { name: "lag", ok: false, required: false, problem: "Error" },
    { name: "pool", ok: true, required: true, facts: { idle: 3 } },
  ]);
  health.addCheck({ name: "database", run: async () => Promise.reject(appError("DATABASE_UNAVAILABLE")) });
  const worse = await health.report();
  assert.equal(worse.ready, false);
  assert.equal(worse.checks[2]?.problem, "DATABASE_UNAVAILABLE");
});

test("a check that hangs fails after a second and is told to stop", async () => {
  const health = createHealth();
  let told: AbortSignal | undefined;
  health.addCheck({
    name: "stuck",
    run: (signal) => {
      told = signal;
      return new Promise(() => {});
    },
  });
  const keepAlive = setTimeout(() => {}, 5000);
  const report = await health.report();
  clearTimeout(keepAlive);
  assert.match(report.checks[0]?.problem ?? "", /1000 ms/);
  assert.equal(told?.aborted, true);
});

test("reports at the same time share one run of the checks", async () => {
  const health = createHealth();
  let runs = 0;
  health.addCheck({
    name: "counted",
    run: async () => {
      runs++;
      return undefined;
    },
  });
  await Promise.all([health.report(), health.report(), health.report()]);
  assert.equal(runs, 1);
});

test("listeners hear of each change of readiness once", async () => {
  const health = createHealth();
  const heard: boolean[] = [];
  const stop = health.onChange((ready) => heard.push(ready));
  health.markReady();
  await health.report();
  health.addCheck({ name: "database", run: async () => Promise.reject(new Error("down")) });
  await health.report();
  await health.report();
  health.drain();
  assert.deepEqual(heard, [true, false]);
  stop();
});

test("a name is taken once", () => {
  const health = createHealth();
  health.addCheck({ name: "database", run: async () => undefined });
  assert.throws(() => health.addCheck({ name: "database", run: async () => undefined }), /there already/);
});
