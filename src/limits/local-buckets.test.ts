import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLocalBuckets } from "./local-buckets.ts";

const second = 1_000_000;

/** Makes the calls, `gaps` microseconds apart, and answers when each admitted one was. */
function admittedAt(
  begin: "full" | "empty",
  instances: number,
  interval: number,
  burst: number,
  gaps: number[],
): number[] {
  let time = 0;
  const buckets = createLocalBuckets({ instances, begin, now: () => time });
  const times: number[] = [];
  for (const gap of gaps) {
    time += gap;
    if (buckets.ask([{ key: "k", interval, burst }])[0]?.admitted) times.push(time);
  }
  return times;
}

test("in no span of time more is admitted than the burst and the rate", () => {
  const bucket = fc.record({
    interval: fc.integer({ min: 1, max: 3 * second }),
    burst: fc.integer({ min: 1, max: 20 }),
    instances: fc.integer({ min: 1, max: 4 }),
    begin: fc.constantFrom("full" as const, "empty" as const),
    gaps: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 * second })), { minLength: 1, maxLength: 120 }),
  });
  let admitted = 0;
  fc.assert(
    fc.property(bucket, ({ interval, burst, instances, begin, gaps }) => {
      const times = admittedAt(begin, instances, interval, burst, gaps);
      const share = Math.max(1, Math.floor(burst / instances));
      admitted += times.length;
      for (const [first, from] of times.entries()) {
        for (const [last, to] of times.entries()) {
          if (last < first) continue;
          const bound = share + Math.floor((to - from) / (interval * instances));
          assert.ok(last - first + 1 <= bound, `${last - first + 1} calls in ${to - from} µs`);
        }
      }
      if (begin === "empty") {
        for (const [index, time] of times.entries())
          assert.ok(index + 1 <= time / (interval * instances), `${index + 1} calls ${time} µs after an empty start`);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(admitted > 1000, `${admitted} calls were admitted`);
});

test("whoever waits as long as he is told is admitted, and not a microsecond earlier", () => {
  const burst = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(burst, fc.integer({ min: 1, max: second }), fc.nat(second), (most, interval, start) => {
      let time = start;
      const buckets = createLocalBuckets({ instances: 1, now: () => time });
      const ask = () => buckets.ask([{ key: "k", interval, burst: most }])[0];
      for (let left = most; left > 0; left--) assert.equal(ask()?.remaining, left - 1);
      const refused = ask();
      assert.ok(refused !== undefined && !refused.admitted && refused.retryAfter > 0);
      time += refused.retryAfter - 1;
      assert.equal(ask()?.admitted, false);
      time += 1;
      assert.equal(ask()?.admitted, true);
    }),
  );
});

test("of several limits that are asked together none is charged unless all admit", () => {
  const buckets = createLocalBuckets({ instances: 1, now: () => 0 });
  const wide = { key: "wide", interval: second, burst: 3 };
  const narrow = { key: "narrow", interval: second, burst: 1 };
  assert.deepEqual(
    buckets.ask([wide, narrow]).map(({ admitted }) => admitted),
    [true, true],
  );
  for (let n = 0; n < 5; n++) assert.equal(buckets.ask([wide, narrow])[1]?.admitted, false);
  assert.equal(buckets.ask([wide])[0]?.remaining, 1);
});

test("a process admits its share, and one call at least", () => {
  const calls = (instances: number): number => admittedAt("full", instances, second, 10, Array(20).fill(0)).length;
  assert.deepEqual([1, 2, 3, 20].map(calls), [10, 5, 3, 1]);
});

test("the keys that are kept are bounded: beyond them the older half begins anew", () => {
  const buckets = createLocalBuckets({ instances: 1, now: () => 0, most: 4 });
  const ask = (key: string) => buckets.ask([{ key, interval: second, burst: 2 }])[0]?.remaining;
  assert.deepEqual(["a", "b", "c"].map(ask), [1, 1, 1]);
  assert.equal(ask("a"), 0);
  assert.equal(ask("d"), 1, "the fourth");
  assert.deepEqual([ask("d"), ask("a")], [0, 1], "a was forgotten, d was not");
});
