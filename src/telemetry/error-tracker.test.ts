import assert from "node:assert/strict";
import test from "node:test";
import { appError } from "../core/catalogue.ts";
import { createErrorTracker, type TrackedError } from "./error-tracker.ts";

function defect(cause: unknown = new TypeError("undefined is not a function")) {
  return appError("INTERNAL", { cause });
}

test("a defect is counted, with its first and last time", () => {
  const tracker = createErrorTracker();
  const first = [1, 2].map(() => tracker.record(defect(), "messages.post", "r")).at(-1);
  assert.equal(first?.count, 2);
  assert.equal(first?.type, "TypeError");
  assert.ok(first && first.firstAt <= first.lastAt);
  tracker.record(defect("another"), "messages.get", "r");
  assert.deepEqual(
    tracker.list().map((tracked) => [tracked.operation, tracked.count]),
    [
      ["messages.get", 1],
      ["messages.post", 2],
    ],
  );
});

test("only the latest 256 defects are kept", () => {
  const tracker = createErrorTracker();
  for (let i = 0; i < 300; i++) tracker.record(defect(`defect ${i}`), "messages.post", "r");
  assert.equal(tracker.list().length, 256);
});

test("the hook hears of every occurrence, and its own failure does no harm", () => {
  const heard: TrackedError[] = [];
  const tracker = createErrorTracker((_, tracked) => {
    heard.push(tracked);
    throw new Error("the hook is broken");
  });
  tracker.record(defect(), "messages.post", "r");
  assert.equal(heard.length, 1);
});
