// Sequences of what a store may be asked, played on several stores side by side.

import fc from "fast-check";
import type { Lease, LimitQuestion, Store } from "../../store/store.ts";

/** One step. A lease is named by how many were given after it. */
export type StoreStep =
  | { readonly do: "ask"; readonly entry: string; readonly limits: readonly LimitQuestion[] }
  | {
      readonly do: "fill";
      readonly entry: string;
      readonly lease: number;
      readonly tags: readonly string[];
      readonly ttl: number;
    }
  | { readonly do: "fence" | "unfence"; readonly token: string; readonly tags: readonly string[] }
  | { readonly do: "forget" | "seal" | "renew" | "wipe" | "restart" }
  | { readonly do: "pass"; readonly millis: number };

/** A store, and what can be done to it from outside. */
export interface Subject {
  readonly store: Store;
  pass(millis: number): void | Promise<void>;
  wipe(): void | Promise<void>;
  restart(): void | Promise<void>;
}

const second = 1_000;
const entry = fc.constantFrom("a", "b");
const tags = fc.subarray(["x", "y", "z"], { minLength: 1 });
const token = fc.constantFrom("t", "u");
/** Whole times of seven seconds, and nothing that is kept lasts for such a time: so none ends just when it is asked for. */
const millis = fc.constantFrom(7 * second, 28 * second, 63 * second, 63 * second, 3_605 * second, 3_605 * second);
const ttl = fc.constantFrom(30 * second, 100 * second, 3_600 * second);
const limits = fc.subarray([
  { key: "fast", interval: 10_000_000, burst: 2 },
  { key: "slow", interval: 600_000_000, burst: 5 },
]);

const steps = {
  ask: fc.record({ do: fc.constant("ask" as const), entry, limits: fc.constant([]) }),
  limited: fc.record({ do: fc.constant("ask" as const), entry: fc.constant("none"), limits }),
  fill: fc.record({ do: fc.constant("fill" as const), entry, lease: fc.nat(3), tags, ttl }),
  fence: fc.record({ do: fc.constantFrom("fence" as const, "unfence" as const), token, tags }),
  pass: fc.record({ do: fc.constant("pass" as const), millis }),
  rare: fc.record({ do: fc.constantFrom("seal" as const, "renew" as const) }),
  forget: fc.record({ do: fc.constant("forget" as const) }),
  end: fc.record({ do: fc.constantFrom("wipe" as const, "restart" as const) }),
};

function sequences(...drawn: readonly (readonly [number, fc.Arbitrary<StoreStep>])[]): fc.Arbitrary<StoreStep[]> {
  return fc.array(fc.oneof(...drawn.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
    maxLength: 40,
    size: "max",
  });
}

/** Sequences of limits that are counted. */
export const limited = sequences([3, steps.limited], [1, steps.pass], [1, steps.forget]);

/** Sequences over many lives, without them. */
export const overLives = sequences(
  [5, steps.ask],
  [5, steps.fill],
  [5, steps.fence],
  [4, steps.pass],
  [3, steps.forget],
  [1, steps.rare],
  [1, steps.end],
);

/** What a store answers to each of the steps. What only means something to the store itself, a lease, is left out. */
export async function answersOf(subject: Subject, sequence: readonly StoreStep[]): Promise<string[]> {
  const leases: Lease[] = [];
  const answers: string[] = [];
  for (const [index, step] of sequence.entries()) answers.push(await answerTo(subject, step, index, leases));
  return answers;
}

async function answerTo(subject: Subject, step: StoreStep, index: number, leases: Lease[]): Promise<string> {
  const { store } = subject;
  switch (step.do) {
    case "ask": {
      const answer = await store.ask({ limits: step.limits, entry: step.entry });
      const counted = answer.limits.map(
        ({ admitted, remaining }) => `${admitted ? "admitted" : "refused"} ${remaining}`,
      );
      const found = answer.entry;
      if (found !== undefined && "lease" in found) leases.unshift(found.lease);
      return [...counted, found?.state, found?.state === "hit" ? Buffer.from(found.body).toString() : ""].join(" ");
    }
    case "fill": {
      const lease = leases[step.lease];
      if (lease === undefined) return "no lease";
      const { entry: key, tags: names, ttl: life } = step;
      const kept = await store.fill({ key, lease, tags: names, body: Buffer.from(`made in step ${index}`), ttl: life });
      return kept ? "kept" : "not kept";
    }
    case "fence":
    case "unfence":
      await store[step.do](step.token, step.tags);
      return "done";
    case "forget":
      return `${await store.forget()} forgotten`;
    case "pass":
      await subject.pass(step.millis);
      return "passed";
    case "wipe":
    case "restart":
      await subject[step.do]();
      return "lost";
    default:
      await store[step.do]();
      return "done";
  }
}
