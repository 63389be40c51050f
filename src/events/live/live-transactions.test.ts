// The same promise on a server, with transactions that overlap, wait for each other, roll back and commit late, through
// one process and read in two. Windows are small, so that each run crosses the seam again and again.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { Database } from "../../database/database.ts";
import { commitEvents, pendingEvent, storedEvents, until } from "../../testing/events/event-fixtures.ts";
import { openStreamDatabase, type StreamDatabase } from "../../testing/events/stream-database.ts";
import { announceEvents } from "../announcement.ts";
import { outboxStatement } from "../outbox.ts";
import { closeHubs, followed, openHub } from "./live.fixture.ts";
import type { LiveEvent } from "./live-events.ts";
import type { LiveHub } from "./live-hub.ts";

let streams: StreamDatabase;
let other: Database;
before(async () => {
  streams = await openStreamDatabase();
  other = await streams.connect();
});
after(async () => {
  await closeHubs();
  await streams.close();
});

const keys = ["a", "b"] as const;
const limits = { recentEvents: 3, pageEvents: 2, totalBytes: 4_000 };

/** One unit of work: its events' keys, what it does before it ends, and how it ends. */
const unit = fc.record({
  keys: fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 5 }),
  pause: fc.constantFrom(0, 0, 0, 0.002, 0.01),
  end: fc.constantFrom("commit", "commit", "commit", "roll back"),
});
type Unit = typeof unit extends fc.Arbitrary<infer U> ? U : never;

/** One who comes when so many units have ended, and after so many events each time is cut off and resumes elsewhere. */
const reader = fc.record({
  key: fc.constantFrom(...keys),
  comes: fc.nat(12),
  from: fc.constantFrom("now", "first", "middle"),
  process: fc.nat(1),
  cuts: fc.array(fc.nat(7), { maxLength: 6 }),
});
type Reader = typeof reader extends fc.Arbitrary<infer R> ? R : never;

async function runUnit(stream: string, { keys, pause, end }: Unit): Promise<void> {
  const events = keys.map((key) => pendingEvent(stream, key));
  const transaction = await streams.database.begin({ isolation: "read committed" });
  try {
    await transaction.query(outboxStatement(events));
    // The numbers are taken, and others wait for them.
    if (pause > 0) await transaction.query({ text: "select pg_sleep($1)", values: [pause] });
    if (end === "commit") await transaction.commit();
  } finally {
    await transaction.rollback();
  }
  announceEvents(streams.database.wakeups, end === "commit" ? events : []);
}

/** The ids that a reader saw, and the number after which he asked to begin; undefined: from when he came. */
async function read(
  hubs: readonly LiveHub[],
  stream: string,
  { key, from, process, cuts }: Reader,
  { last, placed }: { readonly last: string; readonly placed: Set<object> },
) {
  const committed = (await storedEvents(streams.database, stream)).filter((event) => event.key === key);
  const start = { now: undefined, first: 0, middle: committed.at(committed.length >> 1)?.sequence ?? 0 }[from];
  const seen: LiveEvent[] = [];
  let before = 0;
  for (let turn = 0; seen.at(-1)?.id !== last; turn++) {
    const after = seen.at(-1)?.cursor ?? (start === undefined ? undefined : String(start));
    const hub = hubs[(process + turn) % hubs.length];
    assert.ok(hub);
    const events = followed(hub, { stream, key, after });
    await events.ready;
    if (after === undefined)
      before = (await storedEvents(streams.database, stream)).filter((e) => e.key === key).length;
    placed.add(events);
    const cut = cuts[turn] ?? Number.POSITIVE_INFINITY;
    for (let count = 0; count < Math.max(cut, seen.length === 0 ? 1 : 0); count++) {
      const { done, value } = await events.next();
      assert.ok(done !== true);
      seen.push(value);
      if (value.id === last) break;
    }
    placed.delete(events);
    await events.return();
  }
  return { seen, start, before };
}

test("over two processes each reader sees what was committed, each once, in order, and nothing that was rolled back", {
  timeout: 120_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(fc.array(unit, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
    fc.array(reader, { minLength: 1, maxLength: 6 }),
    async (writers, readers) => {
      const stream = randomUUID();
      const hubs = [openHub(streams.database, { limits }), openHub(other, { limits })];
      const total = writers.flat().length;
      const ended = Array.from({ length: total + 1 }, () => Promise.withResolvers<void>());
      const placed = new Set<object>();
      let count = 0;
      ended[0]?.resolve();
      const lasts = new Map(keys.map((key) => [key, pendingEvent(stream, key)]));
      const reading = readers.map(async (each) => {
        await ended[Math.min(each.comes, total)]?.promise;
        return { each, ...(await read(hubs, stream, each, { last: lasts.get(each.key)?.id ?? "", placed })) };
      });
      await Promise.all(
        writers.map(async (units) => {
          for (const each of units) {
            await runUnit(stream, each);
            ended[++count]?.resolve();
          }
        }),
      );
      // The last event comes when everybody has his place.
      await until("everybody has his place", () => placed.size === readers.length);
      await commitEvents(streams.database, [...lasts.values()]);
      const stored = await storedEvents(streams.database, stream);
      for (const { each, seen, start, before } of await Promise.all(reading)) {
        const all = stored.filter(({ key }) => key === each.key).map(({ id }) => id);
        const from = start ?? (seen[0]?.sequence ?? 0) - 1;
        assert.ok(from <= Math.max(start ?? 0, before), "it began after its start");
        assert.deepEqual(
          seen.map(({ id }) => id),
          all.slice(from),
        );
      }
      await Promise.all(hubs.map((hub) => hub.close()));
      assert.deepEqual(
        hubs.map(({ stats }) => stats.subscribers + stats.keys + stats.atHand),
        [0, 0],
      );
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
