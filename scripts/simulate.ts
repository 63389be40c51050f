// npm run simulate: plays simulated schedules of the real cache (src/cache/simulation). --seed 1234 tells that one step
// by step; else --seeds 10000 are played, from --from 1 on. --fault "no fence" plants a fault, --faults lists them.

import { parseArgs } from "node:util";
import { plantedFaults } from "../src/cache/simulation/planted-faults.fixture.ts";
import { simulate } from "../src/cache/simulation/simulate.fixture.ts";
import type { Faults } from "../src/cache/simulation/world/world.fixture.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    fault: { type: "string" },
    faults: { type: "boolean" },
  },
});

const planted = plantedFaults.find(({ name }) => name === values.fault);
if (values.faults) for (const { name } of plantedFaults) console.log(name);
else if (values.fault !== undefined && planted === undefined)
  throw new Error(`there is no fault "${values.fault}": see --faults`);
else if (values.seed !== undefined) await tell(Number(values.seed), planted?.faults ?? {});
else await play(Number(values.from), Number(values.seeds), planted?.faults ?? {});

async function tell(seed: number, faults: Faults): Promise<void> {
  const { profile, told, broken } = await simulate(seed, faults, true);
  console.log(`${JSON.stringify(profile)}\n`);
  told.forEach((line, index) => {
    console.log(`${String(index + 1).padStart(4)}. ${line}`);
  });
  console.log(broken === undefined ? "\nNothing is broken." : `\nThat breaks ${broken.claim}: ${broken.words}.`);
  if (broken !== undefined) process.exitCode = 1;
}

async function play(from: number, count: number, faults: Faults): Promise<void> {
  const begun = performance.now();
  const sum = { steps: 0, reads: 0, joins: 0, writes: 0, broken: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const { steps, reads, joins, writes, broken } = await simulate(seed, faults);
    sum.steps += steps;
    sum.reads += reads;
    sum.joins += joins;
    sum.writes += writes;
    if (broken === undefined) continue;
    sum.broken++;
    console.log(`seed ${seed} breaks ${broken.claim}: ${broken.words}`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `${count} schedules in ${seconds} s: ${sum.steps} steps, ${sum.reads} reads (${sum.joins} joined) and ${sum.writes} writes answered, ${sum.broken} broken`,
  );
  if (sum.broken > 0) process.exitCode = 1;
}
