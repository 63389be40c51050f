import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { Handoff } from "./handoff.ts";

test("a value is taken when it is asked for, and whoever gives it waits until then", async () => {
  const handoff = new Handoff<number>(() => assert.fail("nobody left"));
  const taken: number[] = [];
  void handoff.give(1).then(() => taken.push(1));
  void handoff.give(2).then(() => taken.push(2));
  await tick();
  assert.deepEqual(taken, []);
  assert.deepEqual(await handoff.next(), { done: false, value: 1 });
  await tick();
  assert.deepEqual(taken, [1]);
  handoff.end();
  assert.deepEqual(await handoff.next(), { done: false, value: 2 });
  assert.deepEqual(await handoff.next(), { done: true, value: undefined });
});

test("a reader that waits gets the next value at once, or the end, or the error", async () => {
  for (const end of ["value", "end", "error"] as const) {
    const handoff = new Handoff<number>(() => undefined);
    const waiting = handoff.next();
    if (end === "value") await handoff.give(1);
    else if (end === "end") handoff.end();
    else handoff.end(new Error("broken"));
    if (end === "error") await assert.rejects(waiting, /broken/);
    else assert.equal((await waiting).value, end === "value" ? 1 : undefined);
  }
});

test("a reader that leaves is told of once, and nobody waits for it", async () => {
  let left = 0;
  const handoff = new Handoff<number>(() => left++);
  const giving = handoff.give(1);
  for await (const value of handoff) {
    assert.equal(value, 1);
    break;
  }
  await giving;
  await handoff.give(2);
  assert.equal(left, 1);
  assert.deepEqual(await handoff.next(), { done: true, value: undefined });
});

test("an error is told once, after what was given before it", async () => {
  const handoff = new Handoff<number>(() => assert.fail("nobody left"));
  const giving = handoff.give(1);
  handoff.end(new Error("broken"));
  assert.equal((await handoff.next()).value, 1);
  await giving;
  await assert.rejects(handoff.next(), /broken/);
  assert.equal((await handoff.next()).done, true);
});
