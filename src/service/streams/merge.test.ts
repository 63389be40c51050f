import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { each } from "./each.ts";
import { merge } from "./merge.ts";

/** A source that gives what it is told to, noting how often it was asked and whether it was left. */
function source<T>() {
  const asked: ((result: IteratorResult<T>) => void)[] = [];
  const state = { asked: 0, left: 0 };
  const iterable: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        state.asked++;
        return new Promise((resolve) => asked.push(resolve));
      },
      async return() {
        state.left++;
        return { done: true, value: undefined };
      },
    }),
  };
  return {
    iterable,
    state,
    give: (value: T) => asked.shift()?.({ done: false, value }),
    end: () => asked.shift()?.({ done: true, value: undefined }),
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items);
}

test("items come as their sources give them, and it ends when all have ended", async () => {
  const [one, two] = [source<string>(), source<string>()];
  const all = collect(merge(one.iterable, two.iterable));
  for (const [from, item] of [
    [one, "a"],
    [two, "b"],
    [two, "c"],
    [one, "d"],
  ] as const) {
    await tick();
    from.give(item);
  }
  await tick();
  one.end();
  await tick();
  two.give("e");
  await tick();
  two.end();
  assert.deepEqual(await all, ["a", "b", "c", "d", "e"]);
  assert.deepEqual(await collect(merge()), []);
});

test("no source is asked for more before what it gave was taken", async () => {
  const [one, two] = [source<string>(), source<string>()];
  const merged = merge(one.iterable, two.iterable);
  const first = merged.next();
  await tick();
  one.give("a");
  assert.equal((await first).value, "a");
  two.give("b");
  await tick();
  assert.deepEqual([one.state.asked, two.state.asked], [2, 1]);
  assert.equal((await merged.next()).value, "b");
  await merged.return();
  await tick();
});

test("when one fails the others are left, and so they are when nobody reads on", async () => {
  const quiet = source<number>();
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error("broken");
  }
  await assert.rejects(collect(merge(quiet.iterable, failing())), /broken/);
  assert.equal(quiet.state.left, 1);
  for await (const item of merge(quiet.iterable, failing())) {
    assert.equal(item, 1);
    break;
  }
  assert.equal(quiet.state.left, 2);
});

test("when one has failed, what the others still have is neither asked for nor dropped, however long nobody reads on", {
  timeout: 5_000,
}, async () => {
  let asked = 0;
  let left = false;
  async function* eager(): AsyncGenerator<number> {
    try {
      while (asked < 1_000) yield ++asked;
    } finally {
      left = true;
    }
  }
  const failing = source<number>();
  const merged = merge(eager(), {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        await failing.iterable[Symbol.asyncIterator]().next();
        throw new Error("broken");
      },
    }),
  });
  assert.equal((await merged.next()).value, 1);
  failing.end();
  for (let n = 0; n < 5; n++) await tick();
  assert.equal((await merged.next()).value, 2, "what was given before it failed comes first");
  for (let n = 0; n < 5; n++) await tick();
  assert.ok(asked <= 3, `${asked} were asked for`);
  assert.equal(left, true);
  await assert.rejects(merged.next(), /broken/);
});

test("a source whose return throws does not keep the others from being left", async () => {
  const quiet = source<number>();
  const rude: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: 1 }),
      return() {
        throw new Error("not now");
      },
    }),
  };
  for await (const item of merge(rude, quiet.iterable)) {
    assert.equal(item, 1);
    break;
  }
  assert.equal(quiet.state.left, 1);
});

test("a silent source gathers nothing while another is busy", async () => {
  const quiet = source<number>();
  async function* busy(): AsyncGenerator<number> {
    for (let n = 0; n < 100_000; n++) yield n;
  }
  let count = 0;
  for await (const _ of merge(quiet.iterable, busy())) if (++count === 100_000) break;
  assert.equal(quiet.state.asked, 1);
});

test("each does its work one after the other, and gives what comes of it", async () => {
  let running = 0;
  const results = each(
    (async function* () {
      yield* [1, 2, 3];
    })(),
    async (n) => {
      assert.equal(++running, 1);
      await tick();
      running--;
      return n === 2 ? undefined : n * 10;
    },
  );
  assert.deepEqual(await collect(results), [10, 30]);
});
