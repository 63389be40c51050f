import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Hints } from "./hints.ts";

/** Hints whose moments end when `end` is called, and what left them, each time together. */
function hints(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told: (readonly string[])[] = [];
  const made = new Hints((channels) => told.push(channels));
  t.after(() => made.close());
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { made, told, turn, end: () => t.mock.timers.tick(20) };
}

test("the first hints of quiet channels leave at once, those of one turn together", async (t) => {
  const { made, told, turn } = hints(t);
  const heard: string[] = [];
  for (const channel of ["a", "b"]) made.listen(channel, () => heard.push(channel));
  made.notify("a");
  made.notify("b");
  made.notify("a");
  await turn();
  assert.deepEqual(told, [["a", "b"]]);
  assert.deepEqual(heard, ["a", "b"]);
});

test("the next hints of a channel are one at the end of the moment, and a quiet channel does not wait for it", async (t) => {
  const { made, told, turn, end } = hints(t);
  made.notify("a");
  await turn();
  for (let n = 0; n < 10; n++) made.notify("a");
  await turn();
  assert.deepEqual(told, [["a"]]);
  made.notify("b");
  await turn();
  assert.deepEqual(told, [["a"], ["b"]]);
  end();
  assert.deepEqual(told, [["a"], ["b"], ["a"]]);
  made.notify("a");
  await turn();
  assert.equal(told.length, 3, "the moment of the last one is not over");
  end();
  assert.deepEqual(told.at(-1), ["a"]);
});

test("after a moment without a hint the next one leaves at once again", async (t) => {
  const { made, told, turn, end } = hints(t);
  made.notify("a");
  await turn();
  end();
  assert.deepEqual(told, [["a"]]);
  made.notify("a");
  await turn();
  assert.deepEqual(told, [["a"], ["a"]]);
});

test("hints of many channels leave together when too many have left in a moment", async (t) => {
  const { made, told, turn, end } = hints(t);
  for (let n = 0; n < 100; n++) {
    made.notify(`c${n}`);
    await turn();
  }
  assert.equal(told.length, 5);
  end();
  assert.equal(told.length, 6);
  assert.deepEqual(told.flat().toSorted(), Array.from({ length: 100 }, (_, n) => `c${n}`).toSorted());
});

test("after the end nothing leaves", async (t) => {
  const { made, told, turn, end } = hints(t);
  made.notify("a");
  made.close();
  await turn();
  end();
  assert.deepEqual(told, []);
});
