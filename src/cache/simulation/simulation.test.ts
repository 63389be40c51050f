// The real cache, units of work and relay under simulated schedules. TRIVIUM_SEEDS is how many, 1,000 if not given.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plantedFaults } from "./planted-faults.fixture.ts";
import { simulate } from "./simulate.fixture.ts";
import type { Faults } from "./world/world.fixture.ts";

const seeds = Number(process.env.TRIVIUM_SEEDS ?? 1_000);
/** A planted fault must be found by one of the seeds that are always played in continuous integration. */
const seedsForFaults = 10_000;

test(`no promise is broken in ${seeds} schedules`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const { broken } = await simulate(seed);
    if (broken !== undefined)
      assert.fail(`seed ${seed} breaks ${broken.claim}: ${broken.words}\nReplay: npm run simulate -- --seed ${seed}`);
  }
});

test("a seed is one schedule: played again it is the same, step by step", async () => {
  for (const seed of [1, 20, 300]) {
    const first = await simulate(seed, {}, true);
    assert.ok(first.told.length > 20);
    assert.deepEqual(await simulate(seed, {}, true), first);
  }
});

test("schedules meet everything that they are for", async () => {
  const met = new Set<string>();
  const sought = {
    "a hit": /… hit/,
    "a fenced entry": /… fenced/,
    "a closed store": /… closed/,
    "a refused fill": /… false/,
    "a lost message": /is lost before/,
    "a lost answer": /its answer is lost/,
    "an answer that never came": /no answer to the/,
    "a crash": /dies/,
    "a wipe": /loses everything/,
    "a restart": /is restarted with its data/,
    "the janitor": /forgets/,
    "a cut link": /is cut off/,
    "an unknown outcome": /could not be told in time/,
    "a conflict": /meets a conflict/,
    "a relayed row": /relay: the unfence/,
    "a migration": /seals the store/,
    "an eviction": /drops what was least used/,
    "an acknowledged write": /is acknowledged/,
  };
  let joined = 0;
  for (let seed = 1; seed <= 600; seed++) {
    const { told, joins } = await simulate(seed, {}, true);
    joined += joins;
    const all = told.join("\n");
    for (const [name, pattern] of Object.entries(sought)) if (pattern.test(all)) met.add(name);
  }
  assert.deepEqual(
    Object.keys(sought).filter((name) => !met.has(name)),
    [],
  );
  assert.ok(joined > 100, `${joined} joined loads`);
});

/** The first seed with which a fault breaks a promise. */
async function firstSeedOf(faults: Faults) {
  for (let seed = 1; seed <= seedsForFaults; seed++) {
    const { broken } = await simulate(seed, faults);
    if (broken !== undefined) return { seed, broken };
  }
  return undefined;
}

describe(`each planted fault is found by one of the first ${seedsForFaults} seeds`, () => {
  for (const { name, faults, breaks } of plantedFaults) {
    test(name, async (context) => {
      const found = await firstSeedOf(faults);
      assert.ok(found);
      assert.ok(breaks.includes(found.broken.claim), `${found.broken.claim}: ${found.broken.words}`);
      context.diagnostic(`seed ${found.seed} breaks ${found.broken.claim}`);
    });
  }
});
