// The reference service beside the hand-written one: CPU per call and latency, in rounds by turns, in one run.

import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { type Contestant, type ContestantPlan, contestantPlans, startContestant } from "./contestants.ts";
import { amounts } from "./fill.ts";
import { type Amount, type CallKind, callKinds, load } from "./load.ts";
import { startRedis } from "./redis.ts";
import { type ServiceFigures, servicesTable } from "./table.ts";

/** Runs `work` with contestants on servers of their own, and ends them all. */
export async function withContestants<T>(
  plans: readonly ContestantPlan[],
  work: (contestants: readonly Contestant[]) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres();
  const redis = await startRedis();
  const running: Contestant[] = [];
  try {
    for (const [index, plan] of plans.entries()) running.push(await startContestant(plan, postgres, redis, index));
    return await work(running);
  } finally {
    for (const { server } of running) server.stop();
    redis.stop();
    await postgres.stop();
  }
}

/** Measures all and prints the table. */
export async function measureServices(rounds: number, amount: Amount): Promise<void> {
  const figures = await withContestants(contestantPlans, (contestants) => measureAll(contestants, rounds, amount));
  console.log(servicesTable(figures, rounds, amount));
}

async function measureAll(
  contestants: readonly Contestant[],
  rounds: number,
  amount: Amount,
): Promise<ServiceFigures[]> {
  const samples = new Map<string, { contestant: Contestant; kind: CallKind; cpu: number[]; times: number[] }>();
  for (let round = -1; round < rounds; round++) {
    for (const kind of callKinds) {
      for (const contestant of contestants.filter(({ kinds }) => kinds.includes(kind))) {
        const key = `${kind} ${contestant.name}`;
        const sample = samples.get(key) ?? { contestant, kind, cpu: [], times: [] };
        samples.set(key, sample);
        const measured = await measureOne(contestant, kind, amount);
        if (round < 0) continue; // the first round only warms up
        sample.cpu.push(measured.cpu);
        sample.times.push(...measured.times);
      }
    }
  }
  return [...samples.values()].map(({ contestant: { name }, kind, cpu, times }) => ({
    name,
    kind,
    cpu,
    times: Float64Array.from(times).sort(),
  }));
}

async function measureOne(contestant: Contestant, kind: CallKind, amount: Amount) {
  const { server, target } = contestant;
  // What can be cached is: an entry may have expired, or been dropped by a write of another kind.
  if (kind === "read" || kind === "list") await load(target, kind, { ...amount, calls: amounts.users });
  if (contestant.background) await quiet(contestant);
  const before = await server.cpu();
  const times = await load(target, kind, amount);
  if (contestant.background) await quiet(contestant);
  return { cpu: ((await server.cpu()) - before) / amount.calls, times };
}

/** Until the process does next to nothing: its background work is done. */
async function quiet({ server }: Contestant): Promise<void> {
  let last = await server.cpu();
  for (;;) {
    await sleep(200);
    const now = await server.cpu();
    if (now - last < 10_000) return;
    last = now;
  }
}
