// The stores answer as the model's rules say, whatever they are asked: the memory store, which the simulation runs on, and
// the real scripts in Redis. So what model and simulation show holds for both.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { passTime } from "../../adapters/redis/aged-data.fixture.ts";
import { clientFor, loadDriver } from "../../adapters/redis/driver.ts";
import { createRedisStore } from "../../adapters/redis/redis-store.ts";
import { startRedis, withoutRedis } from "../../testing/redis/start-redis.ts";
import type { Part } from "../model/parts.ts";
import { RuleStore } from "./rule-store.fixture.ts";
import { answersOf, limited, overLives, type StoreStep, type Subject } from "./store-sequences.fixture.ts";
import { StoreLives } from "./world/store-lives.fixture.ts";

const redis = await startRedis();
const skip = redis === undefined && withoutRedis;
const admin = clientFor(await loadDriver(), redis?.url ?? "redis://127.0.0.1", 5_000).on("error", () => {});
if (redis !== undefined) await admin.connect();
after(async () => {
  admin.destroy();
  await redis?.stop();
});

/** A store over a clock of its own. */
function onClock(make: (now: () => number) => StoreLives | RuleStore): Subject {
  let now = 1_000;
  const store = make(() => now);
  const pass = (millis: number): void => {
    now += millis;
  };
  return { store, pass, wipe: () => store.wipe(), restart: () => store.restart() };
}

type Sequence = readonly StoreStep[];

const byMemory = (sequence: Sequence) =>
  answersOf(
    onClock((now) => new StoreLives({ now })),
    sequence,
  );

function byRules(options: { readonly dropsStale: boolean; readonly leftOut?: readonly Part[] }) {
  const without = Object.fromEntries((options.leftOut ?? []).map((part) => [part, true] as const));
  const { dropsStale } = options;
  return (sequence: Sequence) =>
    answersOf(
      onClock((now) => new RuleStore({ now, without, dropsStale })),
      sequence,
    );
}

const allKeys = "return redis.call('KEYS', ARGV[1] .. '*')";

async function byRedis(sequence: Sequence): Promise<string[]> {
  const prefix = `test:{${randomUUID()}}:`;
  const store = await createRedisStore({ url: redis?.url ?? "", prefix, firstEver: true, commandTimeout: 5_000 });
  /** A life begins with its first use. */
  const live = () => store.ask({ limits: [], entry: "none" });
  const clear = async (): Promise<void> => {
    const keys = (await admin.sendCommand(["EVAL", allKeys, "0", prefix])) as string[]; // a list of keys
    if (keys.length > 0) await admin.sendCommand(["DEL", ...keys.map(String)]);
  };
  const restart = async (): Promise<void> => {
    const state = String((await admin.sendCommand(["GET", `${prefix}s`])) ?? "");
    // Another server has another run id; of this one's there is then nothing.
    if (state !== "") await admin.sendCommand(["SET", `${prefix}s`, `${"0".repeat(40)}${state.slice(40)}`]);
    await live();
  };
  const wipe = async (): Promise<void> => {
    await clear();
    await live();
  };
  try {
    const pass = (millis: number): Promise<void> => passTime(admin, prefix, millis);
    return await answersOf({ store, pass, wipe, restart }, sequence);
  } finally {
    await store.close();
    await clear();
  }
}

/** Compares, and shrinks what differs to a shortest sequence. */
async function assertSame(
  sequences: fc.Arbitrary<StoreStep[]>,
  one: (sequence: Sequence) => Promise<string[]>,
  other: (sequence: Sequence) => Promise<string[]>,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(sequences, async (sequence) => {
    assert.deepEqual(await one(sequence), await other(sequence));
  });
  await fc.assert(property, { numRuns });
}

const keeping = byRules({ dropsStale: false });
const dropping = byRules({ dropsStale: true });

test("the scripts in Redis answer as the model's rules say", { skip }, () =>
  assertSame(overLives, byRedis, keeping, 800),
);

test("the memory store answers as the model's rules say", () => assertSame(overLives, byMemory, dropping, 2_000));

test("limits are counted alike in Redis and in memory", { skip }, () => assertSame(limited, byRedis, byMemory, 100));

describe("the comparison finds what a store does without, within 2,000 sequences", () => {
  const omissions: readonly (readonly Part[])[] = [
    ["bumpAtUnfence"],
    ["bumpOfGoneToken"],
    ["bumpAtExpiry"],
    ["boot"],
    ["closedBirth"],
    ["invalidatedInHit"],
    ["floorAtForget"],
    ["checkInFill"],
    ["refusalWhileClosed"],
    // Each makes the other redundant, so that nobody can tell which one is missing.
    ["fencesInHit", "bumpAtFence"],
  ];
  for (const leftOut of omissions) {
    test(leftOut.join(" and "), async () => {
      const faulty = byRules({ dropsStale: true, leftOut });
      await assert.rejects(assertSame(overLives, byMemory, faulty, 2_000), /Counterexample/);
    });
  }
});
