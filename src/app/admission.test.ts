import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createAdmission } from "./admission.ts";

test("over the limit of calls in flight a call is told to come again, until one leaves", (t) => {
  const admission = createAdmission({ maxCallsInFlight: 2, maxStreams: 1, maxEventLoopDelay: 60_000 });
  t.after(() => admission.close());
  assert.deepEqual([admission.enter(false), admission.enter(false), admission.enter(false)], [undefined, undefined, 1]);
  assert.deepEqual([admission.enter(true), admission.enter(true)], [undefined, 1], "streams are counted apart");
  admission.leave(true);
  assert.equal(admission.enter(true), undefined);
  admission.leave(false);
  assert.deepEqual([admission.enter(false), admission.enter(false)], [undefined, 1]);
});

test("a lasting delay of the event loop sheds calls, and admits them again when it is over", async (t) => {
  const admission = createAdmission({ maxCallsInFlight: 1000, maxStreams: 1000, maxEventLoopDelay: 30 });
  t.after(() => admission.close());
  const overloadedUntil = performance.now() + 10_000;
  while (admission.enter(false) === undefined) {
    admission.leave(false);
    assert.ok(performance.now() < overloadedUntil, `still admitted at a delay of ${admission.eventLoopDelay} ms`);
    const until = performance.now() + 100;
    while (performance.now() < until);
    await wait(1);
  }
  assert.ok(admission.eventLoopDelay > 30);
  const restedUntil = performance.now() + 10_000;
  while (admission.enter(false) !== undefined) {
    assert.ok(performance.now() < restedUntil, `still refused at a delay of ${admission.eventLoopDelay} ms`);
    await wait(50);
  }
});
