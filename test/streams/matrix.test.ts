// Every kind of call × every way to end × every road: the same outcome everywhere, and nothing left behind.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { appError } from "../../src/core/catalogue.ts";
import { migrateUp } from "../../src/database/migrations/migrate.ts";
import { freshEmbedded } from "../../src/testing/fresh-embedded.ts";
import { type FlowCall, type FlowName, openFlows } from "./flows.ts";

const database = await freshEmbedded();
await migrateUp(database, undefined);
const flows = await openFlows(database);
after(async () => {
  await flows.close();
  await database.close();
});

const kinds: readonly FlowName[] = ["one", "down", "up", "both"];
const roads = ["http", "grpc", "cli"] as const;
const four = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];

/** Some items, then none, and no end. */
async function* unended(signal?: AbortSignal) {
  yield* four.slice(0, 2);
  await delay(3_600_000, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
}

/** The answers that a kind gives to four items, whole or as far as it comes when it breaks at the third. */
const whole = { one: [0], down: [0, 1, 2, 3], up: [6], both: [0, 1, 2, 3] };
const amid = { one: [], down: [0, 1], up: [], both: [0, 1] };
const after4 = { one: [], down: [0, 1, 2, 3], up: [], both: [0, 1, 2, 3] };
const none = { one: [], down: [], up: [], both: [] };

/** Waits until every handler has ended. */
async function settled(): Promise<void> {
  for (const until = Date.now() + 5_000; flows.state.running > 0; await delay(5))
    assert.ok(Date.now() < until, `${flows.state.running} handlers still run`);
}

for (const kind of kinds) {
  for (const road of roads) {
    const run = (call: FlowCall) => flows.roads[road](kind, { items: four, ...call });

    test(`${kind} over ${road}: success, and an error before, amid and after what is sent`, async () => {
      assert.deepEqual(await run({}), { answers: whole[kind], end: "ok" });
      assert.deepEqual(await run({ at: "before" }), { answers: none[kind], end: "BROKEN" });
      assert.deepEqual(await run({ at: "amid" }), { answers: amid[kind], end: "BROKEN" });
      assert.deepEqual(await run({ at: "after" }), { answers: after4[kind], end: "BROKEN" });
      await settled();
    });

    test(`${kind} over ${road}: slow authentication loses nothing`, async () => {
      flows.state.taken.length = 0;
      assert.deepEqual(await run({ token: "slow" }), { answers: whole[kind], end: "ok" });
      if (kind === "up" || kind === "both") assert.deepEqual(flows.state.taken, [0, 1, 2, 3]);
      await settled();
    });

    test(`${kind} over ${road}: the caller cancels`, async () => {
      const gone = new AbortController();
      const running = run({ at: "hang", signal: gone.signal });
      while (flows.state.running === 0) await delay(5);
      await delay(50);
      gone.abort();
      assert.deepEqual((await running).end, "CANCELLED");
      await settled();
    });

    test(`${kind} over ${road}: the deadline passes`, async () => {
      const { end } = await run({ at: "hang", timeout: 200 });
      assert.equal(end, "DEADLINE_EXCEEDED");
      await settled();
    });

    test(`${kind} over ${road}: the server stops`, async () => {
      const items = unended();
      const running = run({ at: "hang", ...(kind === "up" || kind === "both" ? { items } : {}) });
      while (flows.state.running === 0) await delay(5);
      await delay(50);
      if (kind === "one") flows.pipeline.cancelAll(appError("SHUTTING_DOWN"));
      else flows.pipeline.endStreams(appError("SHUTTING_DOWN"));
      assert.equal((await running).end, "SHUTTING_DOWN");
      await settled();
    });
  }
}

for (const kind of kinds) {
  for (const road of ["http", "grpc"] as const) {
    test(`${kind} over ${road}: the client is gone`, async () => {
      const items = kind === "up" || kind === "both" ? { items: unended() } : {};
      const { end } = await flows.cutOff(road, kind, { at: "hang", ...items }, async () => {
        while (flows.state.running === 0) await delay(5);
        await delay(50);
      });
      assert.equal(end, "UNREACHABLE", "what was cut is not taken for an end");
      await settled();
    });
  }
}

test("after hundreds of streams of every kind, with every end, nothing is left: no handle, no listener, no memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", onWarning);
  const round = async (): Promise<void> => {
    for (const kind of kinds) {
      for (const road of roads) {
        const call = flows.roads[road];
        const gone = AbortSignal.timeout(5);
        const items = four;
        await Promise.all([
          call(kind, { items }),
          call(kind, { items, at: "before" }),
          call(kind, { items, at: "amid" }),
          call(kind, { items: kind === "up" || kind === "both" ? unended(gone) : four, at: "hang", signal: gone }),
          call(kind, { items, token: "slow" }),
        ]);
      }
    }
    await settled();
  };
  const resources = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  const heap = async (): Promise<number> => {
    // What is held weakly or finalized goes a collection later than what held it.
    for (let time = 0; time < 5; time++) {
      await delay(50);
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  for (let n = 0; n < 5; n++) await round();
  const [before, sockets] = [await heap(), resources()];
  for (let n = 0; n < 20; n++) await round();
  const [later, left] = [await heap(), resources()];
  process.off("warning", onWarning);
  assert.deepEqual(warnings, []);
  for (const [name, count] of Object.entries(left))
    assert.ok(count <= (sockets[name] ?? 0) + 4, `${name}: ${sockets[name] ?? 0} before, ${count} after`);
  // 1,200 streams: one that was kept whole would be some kilobytes each.
  assert.ok(later - before < 2 * 1024 * 1024, `${Math.round((later - before) / 1024)} KiB more`);
});
