// The checker finds what is planted in a history, and nothing in a good one.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  doubledEffects,
  lateAnswers,
  limitExcess,
  lostUpdates,
  recoveries,
  staleReads,
  untrueFailures,
} from "./checker.ts";
import type { Failure, Operation, Read, Version, Write } from "./history.ts";

const v = (version: number, text = `v${version}`, row = "a"): Version => ({ row, version, text });
const told = { process: "one", road: "http", failure: undefined } as const;
const away: Failure = { code: "UNAVAILABLE", reason: "STORE_UNAVAILABLE" };
const unknown: Failure = { code: "DEADLINE_EXCEEDED", reason: "OUTCOME_UNKNOWN" };

function read(begun: number, ended: number, ...seen: Version[]): Read {
  return { kind: "read", ...told, begun, ended, seen };
}

function list(begun: number, isFull: boolean, ...seen: Version[]): Read {
  return { ...read(begun, begun + 1, ...seen), list: { set: "s", isFull } };
}

function made(begun: number, ended: number, answer: Version, more: Partial<Write> = {}): Write {
  const base = answer.version === 1 ? undefined : { row: answer.row, version: answer.version - 1 };
  const body = JSON.stringify(answer);
  return { kind: "write", ...told, begun, ended, text: answer.text, base, answer, body, set: "s", ...more };
}

function refused(begun: number, ended: number, text: string, failure = away, more: Partial<Write> = {}): Write {
  return {
    ...{ kind: "write", ...told, begun, ended, text, base: undefined, answer: undefined, body: undefined, ...more },
    failure,
  };
}

const truth = new Map([["a", [v(1), v(2), v(3)]]]);
const good: Operation[] = [
  made(0, 1, v(1)),
  made(2, 8, v(2)),
  read(3, 9, v(1)),
  read(4, 5, v(2)),
  read(6, 7, v(2)),
  made(10, 12, v(3)),
  list(13, false, v(3)),
];

test("a good history is one", () => {
  assert.deepEqual(staleReads(good), []);
  assert.deepEqual(lostUpdates(good, truth), []);
  assert.deepEqual(doubledEffects(good, truth), []);
  assert.deepEqual(untrueFailures([...good, refused(0, 1, "x"), refused(0, 1, "x", unknown)]), []);
});

test("a read that begins after an acknowledged write and is older", () => {
  const [found, ...more] = staleReads([...good, read(12.5, 13, v(2))]);
  assert.match(found ?? "", /read a at version 2, 0\.50 ms after an acknowledged write had version 3/);
  assert.deepEqual(more, []);
});

test("a read that is older than an earlier one, before any write was acknowledged", () => {
  const [found, ...more] = staleReads([...good, read(5.5, 7, v(1))]);
  assert.match(found ?? "", /read a at version 1, 0\.50 ms after an earlier read had version 2/);
  assert.deepEqual(more, []);
});

test("a read that began before the newer one was answered may be older", () => {
  assert.deepEqual(staleReads([...good, read(4.9, 30, v(1))]), []);
});

test("a list without a row that was acknowledged, or with an old version of it", () => {
  assert.match(staleReads([...good, list(14, false)])[0] ?? "", /read a at version 0/);
  assert.match(staleReads([...good, list(14, true, v(1, "b", "b"), v(2))])[0] ?? "", /read a at version 2/);
  assert.deepEqual(staleReads([...good, list(14, true, v(1, "c", "c"), v(1, "b", "b"))]), [], "a is on the next page");
  assert.match(staleReads([...good, list(14, true, v(1, "c", "c"), v(1, "Z", "Z"))])[0] ?? "", /read a at version 0/);
});

test("an update that was acknowledged and is not there", () => {
  assert.match(lostUpdates(good, new Map([["a", [v(1), v(2)]]])).join(), /version 3 was acknowledged .*not there/);
});

test("two updates of one version that were both acknowledged", () => {
  const other = made(10, 13, v(3, "other"));
  assert.match(lostUpdates([...good, other], truth).join(), /version 3 was acknowledged .*"other", and is "v3"/);
  const blind = { ...made(10, 13, v(3)), base: { row: "a", version: 1 } };
  assert.match(lostUpdates([...good.slice(0, 5), blind], truth).join(), /update of version 1 was acknowledged as 3/);
});

test("a command that was refused and took effect; one of unknown outcome may have", () => {
  const others = good.filter(({ kind, begun }) => kind === "write" && begun < 10);
  assert.match(lostUpdates([...others, refused(10, 11, "v3")], truth).join(), /by a command that was refused/);
  assert.deepEqual(lostUpdates([...others, refused(10, 11, "v3", unknown)], truth), []);
  assert.match(lostUpdates(others, truth).join(), /nobody knows who made version 3/);
});

test("a read of what was never there, and a version that was skipped", () => {
  assert.match(lostUpdates([...good, read(20, 21, v(3, "rolled back"))], truth).join(), /was read as "rolled back"/);
  assert.match(lostUpdates([...good, read(20, 21, v(4))], truth).join(), /not there/);
  assert.match(lostUpdates([], new Map([["a", [v(1), v(3)]]])).join(), /version 3 was committed as the 2\. one/);
});

test("two effects of one key, two answers, and an answer without an effect", () => {
  const key = { key: "k" };
  const two = new Map([
    ["a", [v(1, "x")]],
    ["b", [v(1, "x", "b")]],
  ]);
  assert.deepEqual(
    doubledEffects([made(0, 1, v(1, "x"), key), made(0, 1, v(1, "x"), key)], new Map([["a", [v(1, "x")]]])),
    [],
  );
  assert.deepEqual(doubledEffects([made(0, 1, v(1, "x"), key)], two), ["k: 2 effects"]);
  assert.deepEqual(doubledEffects([refused(0, 1, "x", unknown, key)], two), ["k: 2 effects"]);
  assert.deepEqual(doubledEffects([made(0, 1, v(1, "x"), key)], new Map()), ["k: 0 effects"]);
  const other = made(0, 1, v(1, "x", "b"), key);
  assert.match(doubledEffects([made(0, 1, v(1, "x"), key), other], new Map([["a", [v(1, "x")]]])).join(), /and as/);
});

test("a limit that admitted more than its burst, its rate and the shares of losses", () => {
  const limit = { bucket: "b", burst: 5, rate: 0.001, instances: 2 };
  const calls = (count: number): Write[] =>
    Array.from({ length: count }, (_, at) => made(at * 100, at * 100 + 100, v(1), { bucket: "b" }));
  const turnedAway = refused(0, 0, "", { code: "RESOURCE_EXHAUSTED", reason: "RATE_LIMITED" }, { bucket: "b" });
  const fault = { name: "f", from: 0, until: 2_000, lost: ["one"] } as const;
  assert.deepEqual(limitExcess([...calls(5), turnedAway, made(0, 1, v(1))], [], limit), []);
  assert.deepEqual(limitExcess(calls(7), [], limit), ["7 of 7 calls were admitted in 700 ms, 6 may be"]);
  assert.deepEqual(limitExcess(calls(7), [fault], limit), []);
});

test("a failure that cannot be true, and one that is too late", () => {
  const lost: Failure = { code: "INTERNAL", reason: "INTERNAL" };
  assert.deepEqual(untrueFailures([refused(0, 1, "x", lost)]), ["a write failed with INTERNAL INTERNAL, 1 times"]);
  assert.equal(untrueFailures([{ ...read(0, 1), failure: away }]).length, 1, "a read needs no store");
  assert.deepEqual(lateAnswers([read(0, 11), made(0, 11, v(1))], { read: 10, write: 20 }), [
    "a read of one took 11 ms",
  ]);
});

test("how long a fault lasts after its end: until both processes answer both kinds of call", () => {
  const fault = { name: "f", from: 0, until: 100, lost: [] };
  const both = [made(110, 120, v(1)), read(110, 111), { ...read(90, 130), process: "two" as const }];
  assert.deepEqual([...recoveries(both, [fault]).values()], [Number.POSITIVE_INFINITY]);
  const two = [made(150, 160, v(1)), read(101, 170)].map((each) => ({ ...each, process: "two" as const }));
  assert.deepEqual([...recoveries([...both, ...two], [fault]).values()], [70]);
});
