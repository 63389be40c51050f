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
import { closingFaults, makeFault, passingFaults } from "./faults.ts";
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
/** A run goes on until it has come to so many operations, but not for ever. */
const leastOperations = seconds >= 30 ? 100_000 : 1_000;
const mostTimes = 10;

test(`${seconds} s under load and faults: no stale read, no lost update, one effect per key`, {
  skip: noRedisServer,
}, async (t) => {
  const bed = await openBed(t, { CALL_TIMEOUT: `${callTimeout}ms`, LOG_LEVEL: "error" });
  const load = await Load.prepare(bed);
  const begun = performance.now();
  load.start();
  const faults = await troubled(bed, load, begun);
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
  assert.ok(history.length >= leastOperations, `${history.length} operations`);
  assert.ok(hits > history.length / 50, `${hits} answers came from the cache`);
});

/**
 * One fault after the other, each when the one before is overcome, until there was enough. Those that close the cache,
 * and so make every read a dear one, come last.
 */
async function troubled(bed: Bed, load: Load, begun: number): Promise<Fault[]> {
  const faults: Fault[] = [];
  const scale = Math.min(1, seconds / 30);
  const isEnough = (part: number): boolean => {
    const share = (performance.now() - begun) / (seconds * 1000);
    return share > mostTimes || (share >= part && load.history.length >= part * leastOperations);
  };
  const round = async (kinds: typeof passingFaults): Promise<void> => {
    for (const kind of kinds) {
      await delay(1_000 * scale);
      const fault = await makeFault(kind, bed, scale);
      faults.push(fault);
      const patience = performance.now() + recoverWithin;
      while (!load.hasWritten(fault.until) && performance.now() < patience) await delay(20);
    }
  };
  do await round(passingFaults);
  while (!isEnough(0.7));
  do await round(closingFaults);
  while (!isEnough(1));
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
  const slowest = new Map<string, number[]>();
  for (const [{ name }, time] of recoveries(history, faults)) slowest.set(name, [...(slowest.get(name) ?? []), time]);
  for (const [name, times] of slowest)
    t.diagnostic(`${name}: ${times.length} times, over after ${Math.max(...times).toFixed(0)} ms at most`);
}
