// The protocol holds in every state of every configuration, and each of its parts is needed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assumptionCases, type Case, omissionCases, redundancyCases, wholeCases } from "./cases.ts";
import { nameOf } from "./configuration.ts";
import { check } from "./model.ts";
import { type Part, parts } from "./parts.ts";

const titleOf = ({ leftOut, configuration }: Case): string =>
  [...leftOut.map((part) => parts[part]), nameOf(configuration)].join("; ");

function verify({ leftOut, configuration, breaks }: Case): void {
  const found = check(configuration, leftOut);
  assert.equal(found.broken, breaks, found.trace.join("\n"));
  assert.equal(found.trace.length > 0, breaks !== undefined);
}

describe("the whole protocol keeps ACK, LIN and PAIR", () => {
  for (const one of wholeCases) test(titleOf(one), () => verify(one));

  test("every feature and fault is in one of the configurations", () => {
    const all = wholeCases.map(({ configuration }) => configuration);
    for (const fault of Object.keys(all[0]?.faults ?? {})) {
      assert.ok(
        all.some(({ faults }) => Object.entries(faults).some(([name, much]) => name === fault && Boolean(much))),
        fault,
      );
    }
    assert.ok(all.some(({ earlyFences }) => earlyFences) && all.some(({ joins }) => joins));
    assert.deepEqual([...new Set(all.map(({ readers }) => readers))].sort(), [2, 3, 4]);
    assert.deepEqual([...new Set(all.map(({ writers }) => writers.length))].sort(), [1, 2]);
    assert.deepEqual([...new Set(all.map(({ rows }) => rows))].sort(), [1, 2]);
  });
});

describe("without one part a promise is broken", () => {
  for (const one of omissionCases) test(`${titleOf(one)}: ${one.breaks}`, () => verify(one));

  test("every part is left out somewhere", () => {
    const tried = new Set<Part>([...omissionCases, ...redundancyCases].flatMap(({ leftOut }) => leftOut));
    assert.deepEqual(
      Object.keys(parts).filter((part) => !tried.has(part as Part)), // the keys of `parts` are its parts
      [],
    );
  });
});

describe("outside the assumptions", () => {
  for (const one of assumptionCases) test(`${titleOf(one)}: ${one.breaks}`, () => verify(one));
});

describe("what is redundant beside the rest", () => {
  for (const one of redundancyCases) test(`${titleOf(one)}: ${one.breaks ?? "holds"}`, () => verify(one));
});

test("a counter-example is told step by step, each reader and writer by its name", () => {
  const one = omissionCases.find(({ leftOut }) => leftOut.includes("joinBeforeSnapshot"));
  assert.ok(one);
  assert.deepEqual(check(one.configuration, one.leftOut).trace, [
    "writer A fences x",
    "reader 1 misses and takes the lease 1",
    "reader 1 loads x=0",
    "writer A COMMITs version 1 of x",
    "writer A unfences",
    "writer A answers: acknowledged",
    "reader 2 joins the load of reader 1, whose snapshot is taken, x=0",
  ]);
});
