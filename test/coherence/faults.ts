// What happens to Redis and PostgreSQL during the run, one after the other.

import { setTimeout as delay } from "node:timers/promises";
import { sql } from "trivium";
import type { Bed } from "./bed.ts";
import { type Fault, type ProcessName, processNames } from "./history.ts";

/** A fault that can be made. Its times are a share of what a run has for all of them. */
interface FaultKind {
  readonly name: string;
  readonly lost: readonly ProcessName[];
  /** Milliseconds of a run of 30 s. */
  readonly lasts: number;
  /** Makes it, waits, and mends it. */
  make(bed: Bed, lasts: number): Promise<void>;
}

const both = processNames;

/** After these the cache goes on. */
export const passingFaults: readonly FaultKind[] = [
  {
    name: "one is cut off in silence",
    lost: ["one"],
    lasts: 2_000,
    make: ({ one }, lasts) => silent([one.proxy], lasts),
  },
  { name: "PostgreSQL's backends are terminated", lost: [], lasts: 1_000, make: terminate },
  {
    name: "one may run no scripts",
    lost: ["one"],
    lasts: 1_500,
    make: ({ redis }, lasts) => refuse(redis, ["one"], lasts),
  },
  {
    name: "two's connections are reset",
    lost: ["two"],
    lasts: 1_000,
    make: async ({ two }, lasts) => {
      for (let time = 0; time < 4; time++) {
        two.proxy.cutAll();
        await delay(lasts / 4);
      }
    },
  },
  {
    name: "Redis is paused",
    lost: both,
    lasts: 2_000,
    make: async ({ redis }, lasts) => {
      redis.pause();
      await delay(lasts);
      redis.resume();
    },
  },
  {
    name: "nobody may run scripts",
    lost: both,
    lasts: 1_500,
    make: ({ redis }, lasts) => refuse(redis, both, lasts),
  },
  {
    name: "two is cut off, again and again",
    lost: ["two"],
    lasts: 2_000,
    make: async ({ two }, lasts) => {
      for (let time = 0; time < 4; time++) {
        await silent([two.proxy], lasts / 8);
        await delay(lasts / 8);
      }
    },
  },
];

/** After these the cache stays closed for a minute. */
export const closingFaults: readonly FaultKind[] = [
  {
    name: "Redis is wiped by FLUSHALL",
    lost: both,
    lasts: 0,
    make: async ({ redis }) => void (await redis.command("FLUSHALL")),
  },
  {
    name: "Redis is killed, and starts with its data",
    lost: both,
    lasts: 1_500,
    make: async ({ redis }, lasts) => {
      await redis.kill();
      await delay(lasts);
      await redis.start();
    },
  },
  {
    name: "Redis is killed, and starts empty",
    lost: both,
    lasts: 500,
    make: async ({ redis }, lasts) => {
      await redis.kill();
      await redis.wipe();
      await delay(lasts);
      await redis.start();
    },
  },
];

/** Makes one; `scale` 1 is that of a run of 30 s. Answers when it was. */
export async function makeFault(kind: FaultKind, bed: Bed, scale: number): Promise<Fault> {
  const from = performance.now();
  await kind.make(bed, kind.lasts * scale);
  return { name: kind.name, lost: kind.lost, from, until: performance.now() };
}

async function silent(proxies: readonly Bed["one"]["proxy"][], lasts: number): Promise<void> {
  for (const proxy of proxies) proxy.pause();
  await delay(lasts);
  for (const proxy of proxies) proxy.resume();
}

async function refuse(redis: Bed["redis"], users: readonly ProcessName[], lasts: number): Promise<void> {
  for (const user of users) await redis.allowScripts(user, false);
  await delay(lasts);
  for (const user of users) await redis.allowScripts(user, true);
}

async function terminate({ database }: Bed, lasts: number): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await database.query(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    await delay(lasts / 3);
  }
}
