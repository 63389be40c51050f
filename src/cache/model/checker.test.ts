// The checker on a machine small enough to count by hand: two counters from 0 to 3, either of which may go up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explore, type Machine } from "./checker.ts";

type Pair = readonly [number, number];

function counters(forbidden: Pair | undefined, key: (pair: Pair) => string): Machine<Pair> {
  const stepTo = (next: Pair, words: string) => {
    const isForbidden = next[0] === forbidden?.[0] && next[1] === forbidden[1];
    return { next, words: () => words, breaks: isForbidden ? "RULE" : undefined };
  };
  return {
    initial: [0, 0],
    steps: ([left, right]) => [
      ...(left < 3 ? [stepTo([left + 1, right], "left")] : []),
      ...(right < 3 ? [stepTo([left, right + 1], "right")] : []),
    ],
    key,
  };
}

test("every state is explored once", () => {
  assert.deepEqual(explore(counters(undefined, (pair) => pair.join())), { states: 16, broken: undefined, trace: [] });
});

test("states with one key are explored once", () => {
  assert.equal(explore(counters(undefined, (pair) => pair.toSorted().join())).states, 10);
});

test("the counter-example is a shortest one", () => {
  const { broken, trace } = explore(counters([2, 1], (pair) => pair.join()));
  assert.equal(broken, "RULE");
  assert.deepEqual(trace.toSorted(), ["left", "left", "right"]);
});

test("a counter-example through states that are alike is told in the names of its first state", () => {
  const { trace } = explore(counters([3, 1], (pair) => pair.toSorted().join()));
  assert.equal(trace.length, 4);
});
