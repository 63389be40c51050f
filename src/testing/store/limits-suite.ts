// Limits: GCRA, exactly; all or none.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { default as FastCheck } from "fast-check";
import type { LimitQuestion, LimitState } from "../../store/store.ts";
import { charge, keep, said } from "./store-steps.ts";
import type { OnStore, StoreSubject } from "./store-subject.ts";

/** Milliseconds. Intervals are whole numbers of it, so that the time that a test takes changes no decision. */
const quantum = 1_000_000;

const micros = 1_000;

/** The naive model: of each bucket the credit in it, which grows with time and of which a call takes an interval. */
class Model {
  readonly #credits = new Map<string, number>();

  pass(millis: number, buckets: readonly LimitQuestion[]): void {
    for (const { key, interval, burst } of buckets)
      this.#credits.set(key, Math.min(burst * interval, this.#credit(key, interval, burst) + millis * micros));
  }

  ask(questions: readonly LimitQuestion[]): LimitState[] {
    const admits = questions.map(({ key, interval, burst }) => this.#credit(key, interval, burst) >= interval);
    return questions.map(({ key, interval, burst }, index) => {
      const before = this.#credit(key, interval, burst);
      const after = admits.includes(false) ? before : before - interval;
      this.#credits.set(key, after);
      const admitted = admits[index] === true;
      return {
        admitted,
        remaining: Math.floor(after / interval),
        retryAfter: admitted ? 0 : interval - before,
        resetAfter: burst * interval - after,
      };
    });
  }

  #credit(key: string, interval: number, burst: number): number {
    return this.#credits.get(key) ?? burst * interval;
  }
}

/** Two buckets; steps let time pass and ask for the first (1), the second (2), or both (3). */
interface History {
  readonly first: Bucket;
  readonly second: Bucket;
  readonly steps: readonly { readonly gap: number; readonly asked: number }[];
}

/** `interval` in quanta. */
interface Bucket {
  readonly interval: number;
  readonly burst: number;
}

function histories(fc: typeof FastCheck) {
  const bucket = fc.record({ interval: fc.integer({ min: 1, max: 6 }), burst: fc.integer({ min: 1, max: 5 }) });
  const step = fc.record({
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8 })),
    asked: fc.integer({ min: 1, max: 3 }),
  });
  return fc.record({ first: bucket, second: bucket, steps: fc.array(step, { minLength: 1, maxLength: 25 }) });
}

/** Replays a history on the store and the model; answers how many calls were admitted and refused. */
async function replay(
  { store, advance }: StoreSubject,
  { first, second, steps }: History,
): Promise<{ admitted: number; refused: number }> {
  const begin = performance.now();
  const counts = { admitted: 0, refused: 0 };
  const model = new Model();
  const [a, b] = [first, second].map(({ interval, burst }) => ({
    key: randomUUID(),
    interval: interval * quantum * micros,
    burst,
  })) as [LimitQuestion, LimitQuestion]; // of two come two
  for (const { gap, asked } of steps) {
    if (gap > 0) await advance(gap * quantum);
    model.pass(gap * quantum, [a, b]);
    const questions = asked === 1 ? [a] : asked === 2 ? [b] : [a, b];
    const told = await charge(store, ...questions);
    const wanted = model.ask(questions);
    // What passed by itself, where time cannot be stopped.
    const slack = store.kind === "memory" ? 0 : (performance.now() - begin + 50) * micros;
    for (const [index, state] of told.entries()) {
      const { admitted, remaining, retryAfter, resetAfter } = wanted[index] as LimitState; // as many as were asked for
      assert.deepEqual([state.admitted, state.remaining], [admitted, remaining]);
      for (const [is, at] of [
        [state.retryAfter, retryAfter],
        [state.resetAfter, resetAfter],
      ] as const)
        assert.ok(is <= at && is >= at - slack && is >= 0, `${is} µs instead of ${at}`);
      counts[admitted ? "admitted" : "refused"]++;
    }
  }
  return counts;
}

/** Declares the tests of limits. */
export function limitsSuite(on: OnStore): void {
  on("limits admit exactly what a bucket with a credit would, alone and together", async (subject) => {
    const total = { admitted: 0, refused: 0 };
    const { default: fc } = await import("fast-check");
    const runs = fc.asyncProperty(histories(fc), async (history) => {
      const { admitted, refused } = await replay(subject, history);
      total.admitted += admitted;
      total.refused += refused;
    });
    await fc.assert(runs, { numRuns: subject.store.kind === "memory" ? 300 : 40 });
    assert.ok(total.admitted > 100 && total.refused > 30, JSON.stringify(total));
  });

  on("where one of several limits refuses none is charged, and the entry is not looked up", async ({ store }) => {
    const wide = { key: "wide", interval: quantum * micros, burst: 3 };
    const narrow = { key: "narrow", interval: quantum * micros, burst: 1 };
    await keep(store, "entry", ["tag"]);
    const first = await store.ask({ limits: [wide, narrow], entry: "entry" });
    assert.deepEqual([first.limits.map(({ admitted }) => admitted), first.entry?.state], [[true, true], "hit"]);
    for (let n = 0; n < 3; n++) {
      const { limits, entry } = await store.ask({ limits: [wide, narrow], entry: "entry" });
      assert.deepEqual([limits.map(({ admitted }) => admitted), entry], [[true, false], undefined]);
    }
    assert.equal((await charge(store, wide))[0]?.remaining, 1);
  });

  on("processes count together", async ({ store, other }) => {
    const limit = { key: "shared", interval: quantum * micros, burst: 3 };
    const remaining: (number | undefined)[] = [];
    for (const asked of [store, other, store, other]) remaining.push((await charge(asked, limit))[0]?.remaining);
    assert.deepEqual(remaining, [2, 1, 0, 0]);
  });

  on("calls at the same time are admitted no more often than calls one after another", async ({ store, other }) => {
    const limit = { key: "crowd", interval: quantum * micros, burst: 7 };
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => charge(n % 2 ? store : other, limit)));
    assert.equal(answers.filter(([state]) => state?.admitted).length, 7);
  });

  on("limits count while the cache is sealed", async ({ store }) => {
    const limit = { key: "sealed", interval: quantum * micros, burst: 1 };
    await store.seal();
    const { limits, entry } = await store.ask({ limits: [limit], entry: "entry" });
    assert.deepEqual([limits[0]?.admitted, entry], [true, { state: "closed" }]);
    assert.equal((await charge(store, limit))[0]?.admitted, false);
    assert.equal(await said(store, "entry"), "closed");
  });
}
