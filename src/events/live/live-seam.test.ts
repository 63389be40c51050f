// The promise of a subscription under whatever happens around it: every event after its start, once, in order. Windows
// are made so small that each run crosses the seam between past and present again and again.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import fc from "fast-check";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { closeHubs, followed, openHub, post, range, sequences, take } from "./live.fixture.ts";
import type { LiveSubscription } from "./live-events.ts";
import type { LiveHub } from "./live-hub.ts";

const database = await freshEmbedded();
await migrateUp(database, undefined);
after(async () => {
  await closeHubs();
  await database.close();
});

const limits = { recentEvents: 3, pageEvents: 2, totalBytes: 4_000 };

/** One who follows a key, is cut off now and then, and resumes where he was. */
class Reader {
  readonly key: string;
  readonly first: number | undefined;
  seen: number[] = [];
  /** Events that were given to the database before it was settled where this begins. */
  postedBefore = Number.POSITIVE_INFINITY;
  #events: LiveSubscription;

  constructor(hub: LiveHub, stream: string, key: string, from: number | undefined, posted: () => number) {
    this.key = key;
    this.first = from === undefined ? undefined : from + 1;
    this.#events = followed(hub, { stream, key, after: from === undefined ? undefined : String(from) });
    void this.#events.ready.then(() => {
      this.postedBefore = posted();
    });
  }

  /** Settled: from here on every event counts. */
  get ready(): Promise<void> {
    return this.#events.ready;
  }

  async read(count: number): Promise<void> {
    this.seen.push(...sequences(await take(this.#events, count)));
  }

  async resume(hub: LiveHub, stream: string): Promise<void> {
    const from = this.seen.at(-1) ?? (this.first === undefined ? undefined : this.first - 1);
    if (from === undefined) return;
    await this.#events.return();
    this.#events = followed(hub, { stream, key: this.key, after: String(from) });
  }
}

const keys = ["a", "b"];
const key = fc.constantFrom(...keys);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("post" as const), key, count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("follow" as const), key, from: fc.option(fc.nat(100)) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), who: fc.nat(20), count: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resume" as const), who: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), ticks: fc.nat(10) }) },
);

test("every reader sees each event after his start once and in order, whoever posts, comes, reads and goes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const hub = openHub(database, { limits });
      const stream = randomUUID();
      const given = new Map(keys.map((each) => [each, 0]));
      const kept = new Map(keys.map((each) => [each, 0]));
      const posts: Promise<unknown>[] = [];
      const readers: Reader[] = [];
      const owed = (reader: Reader) => (kept.get(reader.key) ?? 0) - (reader.seen.at(-1) ?? (reader.first ?? 0) - 1);
      for (const each of steps) {
        if (each.do === "post") {
          given.set(each.key, (given.get(each.key) ?? 0) + each.count);
          const done = post(database, stream, each.key, ...range(1, each.count)).then(() =>
            kept.set(each.key, (kept.get(each.key) ?? 0) + each.count),
          );
          posts.push(done);
          if (each.count % 2 === 0) await done;
        } else if (each.do === "follow") {
          const head = kept.get(each.key) ?? 0;
          const from = each.from === null ? undefined : each.from % (head + 1);
          readers.push(new Reader(hub, stream, each.key, from, () => given.get(each.key) ?? 0));
        } else if (each.do === "pause") for (let n = 0; n < each.ticks; n++) await tick();
        else {
          const reader = readers[each.who % Math.max(1, readers.length)];
          if (reader === undefined) continue;
          if (each.do === "resume") await reader.resume(hub, stream);
          else if (reader.first !== undefined) await reader.read(Math.min(each.count, Math.max(0, owed(reader))));
        }
      }
      await Promise.all(posts);
      await Promise.all(readers.map(({ ready }) => ready));
      for (const each of keys) await post(database, stream, each, 0);
      for (const reader of readers) {
        const head = (given.get(reader.key) ?? 0) + 1;
        while (reader.seen.at(-1) !== head) await reader.read(1);
        const first = reader.seen[0] ?? 0;
        assert.deepEqual(reader.seen, range(first, head));
        if (reader.first !== undefined) assert.equal(first, reader.first);
        else assert.ok(first <= reader.postedBefore + 1, `${first} > ${reader.postedBefore} + 1`);
      }
      await hub.close();
      assert.deepEqual([hub.stats.subscribers, hub.stats.keys, hub.stats.atHand], [0, 0, 0]);
    }),
    { numRuns: 60 },
  );
});
