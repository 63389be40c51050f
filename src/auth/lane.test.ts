import assert from "node:assert/strict";
import { test } from "node:test";
import { createLane } from "./lane.ts";

test("no more than its width run at once, in order, also after failures", async () => {
  const lane = createLane(2, 100);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      lane.run(async () => {
        order.push(i);
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        if (i % 3 === 0) throw new Error("failed");
      }),
    ),
  );
  assert.equal(most, 2);
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.equal(results.filter((result) => result.status === "rejected").length, 7);
  assert.equal(await lane.run(async () => "still open"), "still open");
});

test("a task that comes while others wait does not slip in beside them", async () => {
  const lane = createLane(1, 100);
  let running = 0;
  let most = 0;
  const task = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  };
  const waiting = [lane.run(task), lane.run(task), lane.run(task)];
  const late = waiting.map((one) => one.then(() => lane.run(task)));
  await Promise.all([...waiting, ...late]);
  assert.equal(most, 1);
});
