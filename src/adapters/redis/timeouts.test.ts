import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Timeouts } from "./timeouts.ts";

/** Keeps the process alive while a test waits: the timer of the time-outs does not. */
function alive(context: { after(done: () => void): void }): void {
  const timer = setInterval(() => {}, 1_000);
  context.after(() => clearInterval(timer));
}

function blockFor(millis: number): void {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

test("what is not ended is told once, after its time and in order", async (context) => {
  alive(context);
  const timeouts = new Timeouts(20);
  const begun = performance.now();
  const told: string[] = [];
  const ended = timeouts.begin(() => told.push("ended"));
  const last = await new Promise<ReturnType<Timeouts["begin"]>>((resolve) => {
    timeouts.begin(() => told.push("first"));
    const waiting = timeouts.begin(() => {
      told.push("second");
      resolve(waiting);
    });
    assert.equal(timeouts.end(ended), true);
  });
  assert.deepEqual(told, ["first", "second"]);
  assert.ok(performance.now() - begun >= 20);
  assert.equal(timeouts.end(last), false);
});

test("one that begins while others wait has all of its time", async (context) => {
  alive(context);
  const timeouts = new Timeouts(30);
  await new Promise<void>((resolve) => timeouts.begin(resolve));
  const begun = performance.now();
  await new Promise<void>((resolve) => timeouts.begin(resolve));
  assert.ok(performance.now() - begun >= 29);
});

test("what this process itself held up has its time again, once", async (context) => {
  alive(context);
  const timeouts = new Timeouts(20);
  const due: number[] = [];
  const late = new Promise<void>((resolve) => {
    timeouts.begin(() => {
      due.push(performance.now());
      resolve();
    });
  });
  blockFor(120);
  await turn();
  await turn();
  assert.deepEqual(due, []);
  blockFor(120);
  await late;
  assert.equal(due.length, 1);
});
