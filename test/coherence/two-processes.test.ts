// Two processes of the service under load while Redis and PostgreSQL fail in turn. Afterwards the checker reads what
// every client was told. TRIVIUM_FAULT_SECONDS says how long, 8 if it is not set.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Bed, counted, openBed } from "./bed.ts";
import {
  doubledEffects,
  lateAnswers,
  limitExcess,
  lostUpdates,
  recoveries,
  staleReads,
  untrueFailures,
} from "./checker.ts";
import { faultKinds, makeFault } from "./faults.ts";
import type { Fault } from "./history.ts";
import { Load, limited } from "./load.ts";
import { noRedisServer } from "./redis-server.ts";
import { truthOf } from "./truth.ts";

const seconds = Number(process.env.TRIVIUM_FAULT_SECONDS ?? 8);
/** Milliseconds. */
const callTimeout = 5_000;
const releaseWithin = 5_000;
const slack = 1_500;
const recoverWithin = 10_000;
/** Operations a second that a run must come to, however slow the machine. */
const leastPerSecond = 300;

test(`${seconds} s under load and faults: no stale read, no lost update, one effect per key`, {
  skip: noRedisServer,
}, async (t) => {
  const bed = await openBed(t, { CALL_TIMEOUT: `${callTimeout}ms`, LOG_LEVEL: "error" });
  const load = await Load.prepare(bed);
  const begun = performance.now();
  load.start();
  const faults = await troubled(bed, load, begun + seconds * 1000);
  const hits = await counted(bed, 'trivium_cache_reads_total{result="hit"}');
  await load.stop();
  const { history } = load;
  const { truth, problems } = await truthOf(bed.database);
  report(t, load, faults, hits, performance.now() - begun);

  assert.deepEqual(problems, []);
  assert.deepEqual(staleReads(history), []);
  assert.deepEqual(lostUpdates(history, truth), []);
  assert.deepEqual(doubledEffects(history, truth), []);
  assert.deepEqual(limitExcess(history, withRecovery(history, faults), limited), []);
  assert.deepEqual(untrueFailures(history), []);
  const most = { read: callTimeout + slack, write: callTimeout + releaseWithin + slack };
  assert.deepEqual(lateAnswers(history, most), []);
  for (const [{ name }, time] of recoveries(history, faults))
    assert.ok(time <= recoverWithin, `${name}: recovered after ${time.toFixed(0)} ms`);
  for (const { server } of [bed.one, bed.two]) assert.doesNotMatch(server.output(), /nobody handled|INTERNAL/);
  assert.ok(history.length >= seconds * leastPerSecond, `${history.length} operations`);
  assert.ok(hits > history.length / 20, `${hits} answers came from the cache`);
});

/** One fault after the other until the time is over; each begins when the one before is overcome. */
async function troubled(bed: Bed, load: Load, end: number): Promise<Fault[]> {
  const faults: Fault[] = [];
  const scale = Math.min(1, Math.max(0.25, seconds / 30));
  for (let round = 0; round === 0 || performance.now() < end; round++) {
    for (const kind of faultKinds) {
      await delay(500 * scale);
      const fault = await makeFault(kind, bed, scale);
      faults.push(fault);
      const patience = performance.now() + recoverWithin;
      while (!load.hasWritten(fault.until) && performance.now() < patience) await delay(20);
      if (round > 0 && performance.now() >= end) break;
    }
  }
  await delay(500);
  return faults;
}

/** A process has lost the store until it has overcome it. */
function withRecovery(history: Load["history"], faults: readonly Fault[]): Fault[] {
  return [...recoveries(history, faults)].map(([fault, time]) => ({ ...fault, until: fault.until + time }));
}

function report(t: TestContext, { history }: Load, faults: readonly Fault[], hits: number, millis: number): void {
  const failures = new Map<string, number>();
  for (const { kind, failure } of history) {
    if (failure === undefined) continue;
    const text = `${kind} ${failure.reason}`;
    failures.set(text, (failures.get(text) ?? 0) + 1);
  }
  const writes = history.filter(({ kind, failure }) => kind === "write" && failure === undefined).length;
  t.diagnostic(`${history.length} operations in ${(millis / 1000).toFixed(1)} s, ${writes} writes, ${hits} hits`);
  t.diagnostic([...failures].map(([text, count]) => `${text} ${count}`).join(", "));
  for (const [{ name }, time] of recoveries(history, faults)) t.diagnostic(`${name}: over after ${time.toFixed(0)} ms`);
}
