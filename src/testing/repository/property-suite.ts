// The repository suite's property tests: what holds for any rows, any limits and any cursor.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { default as FastCheck } from "fast-check";
import { isAppError } from "../../core/app-error.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { DataContext } from "../../repository/row-source.ts";
import { type Note, noteTable } from "./suite-tables.ts";
import { contextOf, inUnit, noteValues, type RepositorySubject, type RepositorySuite } from "./suite-units.ts";

type FastCheckModule = typeof FastCheck;
type Order = "id" | "-createdAt" | readonly ("-rank" | "rank" | "title" | "-pinned" | "score" | "-id")[];

const orders: readonly Order[] = ["id", "-createdAt", ["rank"], ["-rank", "title"], ["-pinned", "score", "-id"]];

/** Properties over generated rows. */
export function propertySuite({ test, subject, features }: RepositorySuite): void {
  const load = async (): Promise<FastCheckModule> => (await import("fast-check")).default;

  test("any row is found as it was inserted", {}, async () => {
    const fc = await load();
    await fc.assert(
      fc.asyncProperty(anyNote(fc), async (values) => {
        await inUnit(subject(), async (ctx) => {
          const given = structuredClone({ ...noteValues(), ...values });
          for (const name of ["body", "image", "origin"] as const) if (given[name] === undefined) delete given[name];
          const inserted = await noteTable.insert(ctx, given);
          assert.deepEqual({ ...inserted, ...given }, inserted);
          assert.deepEqual(await noteTable.find(ctx, inserted.id), inserted);
          assert.deepEqual(await noteTable.update(ctx, inserted.id, {}), { ...inserted, version: 2 });
        });
      }),
      { numRuns: 60 },
    );
  });

  test("pages hold every row exactly once and in order, under any limit", {}, async () => {
    const fc = await load();
    const { folderId, rows } = await fill(fc, subject());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...orders), fc.integer({ min: 1, max: 45 }), async (order, limit) => {
        await inUnit(subject(), async (ctx) => {
          const walked = await walk(ctx, folderId, order, limit);
          const whole = await noteTable.page(ctx, { where: { folderId }, order, limit: 1000 });
          assert.deepEqual(walked, whole.items);
          assert.deepEqual(new Set(walked.map((row) => row.id)), new Set(rows.map((row) => row.id)));
          assert.equal(walked.length, rows.length);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("a walk keeps its place while rows are inserted and removed around it", {}, async () => {
    const fc = await load();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...orders),
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        async (order, ranks) => {
          const { folderId, rows } = await fill(fc, subject(), 12);
          await inUnit(subject(), async (ctx) => {
            const walked = await walk(ctx, folderId, order, 3, async (seen) => {
              const rank = ranks.next().value;
              await noteTable.insert(ctx, noteValues({ folderId, rank, title: `added ${randomUUID()}` }));
              const last = seen.at(-1);
              if (rank === 0 && last !== undefined) await noteTable.remove(ctx, last.id);
            });
            const ids = walked.map((row) => row.id);
            assert.equal(new Set(ids).size, ids.length, "no row twice");
            for (const row of rows) assert.ok(ids.includes(row.id), "no row left out");
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test("a cursor that was altered anywhere is INVALID_CURSOR", {}, async () => {
    const fc = await load();
    const { folderId } = await fill(fc, subject(), 3);
    const request = { where: { folderId }, order: ["title", "-rank"], limit: 1 } as const;
    const { nextCursor = "" } = await inUnit(subject(), (ctx) => noteTable.page(ctx, request));
    const altered = fc
      .tuple(fc.nat(nextCursor.length), fc.nat(2), fc.string({ unit: "binary", maxLength: 4 }))
      .map(([at, cut, text]) => nextCursor.slice(0, at) + text + nextCursor.slice(at + cut));
    const other = fc.oneof(altered, fc.string({ unit: "binary" }), fc.base64String());
    await fc.assert(
      fc.asyncProperty(
        other.filter((cursor) => cursor !== nextCursor),
        async (cursor) => {
          await inUnit(subject(), async (ctx) => {
            await assert.rejects(noteTable.page(ctx, { ...request, cursor }), { reason: "INVALID_CURSOR" });
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test("of several updates against one version exactly one wins", {}, async () => {
    for (let round = 0; round < 10; round++) {
      const note = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
      const attempts = [1, 2, 3].map((rank) => () => {
        return inUnit(subject(), (ctx) => noteTable.update(ctx, note.id, { rank }, { version: 1 }));
      });
      const results = features.concurrentUnits
        ? await Promise.allSettled(attempts.map((attempt) => attempt()))
        : await oneAfterTheOther(attempts);
      const won = results.filter((result) => result.status === "fulfilled");
      assert.equal(won.length, 1);
      for (const result of results) if (result.status === "rejected") assert.ok(isConflict(result.reason));
      assert.deepEqual(await inUnit(subject(), (ctx) => noteTable.find(ctx, note.id)), won[0]?.value);
    }
  });

  const skip = features.concurrentUnits ? false : "one unit at a time";
  test("an update whose version is taken while its unit is open does not commit", { skip }, async () => {
    const note = await inUnit(subject(), (ctx) => noteTable.insert(ctx, noteValues()));
    const unit = await subject().begin();
    await noteTable.find(contextOf(unit.rows), note.id);
    await inUnit(subject(), (ctx) => noteTable.update(ctx, note.id, { rank: 1 }, { version: 1 }));
    await assert.rejects(async () => {
      await noteTable.update(contextOf(unit.rows), note.id, { rank: 2 }, { version: 1 });
      await unit.commit();
    }, isConflict);
    await unit.rollback();
  });
}

/** VERSION_CONFLICT, or the conflict after which a unit of work runs again and then meets it. */
function isConflict(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.kind === "conflict";
  return isAppError(error) && error.reason === "VERSION_CONFLICT";
}

async function oneAfterTheOther<T>(attempts: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  for (const attempt of attempts) results.push(...(await Promise.allSettled([attempt()])));
  return results;
}

async function fill(fc: FastCheckModule, subject: RepositorySubject, count = 40) {
  const folderId = randomUUID();
  const texts = fc.sample(fc.string({ unit: "grapheme", maxLength: 5 }), count);
  const rows = await inUnit(subject, async (ctx) => {
    const notes: Note[] = [];
    for (const [index, text] of texts.entries()) {
      const order = { rank: index % 4, score: (index * 7) % 5, pinned: index % 3 === 0 };
      notes.push(await noteTable.insert(ctx, { ...noteValues({ folderId, title: `${text} ${index}` }), ...order }));
    }
    return notes;
  });
  return { folderId, rows };
}

async function walk(
  ctx: DataContext,
  folderId: string,
  order: Order,
  limit: number,
  between: (seen: readonly Note[]) => Promise<void> = async () => undefined,
): Promise<Note[]> {
  const seen: Note[] = [];
  let cursor: string | undefined;
  do {
    const page = await noteTable.page(ctx, { where: { folderId }, order, limit, cursor });
    assert.ok(page.items.length <= limit);
    seen.push(...page.items);
    cursor = page.nextCursor;
    if (cursor !== undefined) await between(seen);
  } while (cursor !== undefined && seen.length < 1000);
  return seen;
}

function anyNote(fc: FastCheckModule) {
  const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));
  const instant = fc.date({ min: new Date("0001-01-01T00:00:00.000Z"), max: new Date("9999-12-31T23:59:59.999Z") });
  const timestamp = instant.filter((date) => !Number.isNaN(date.getTime())).map((date) => date.toISOString());
  // As JSON carries it: -0 becomes 0.
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const document = fc
    .jsonValue({ stringUnit: "grapheme" })
    .map((value) => JSON.parse(JSON.stringify(value)))
    .filter((value) => !JSON.stringify(value).includes("\\u0000"));
  return fc.record({
    title: text.map((value) => value + randomUUID()),
    body: fc.option(text, { nil: undefined }),
    colour: fc.constantFrom("red" as const, "green" as const, null),
    rank: fc.maxSafeInteger(),
    score: number,
    pinned: fc.boolean(),
    dueAt: fc.option(timestamp, { nil: null }),
    createdAt: timestamp,
    image: fc.option(
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
      { nil: undefined },
    ),
    tags: fc.array(text),
    extra: document,
    origin: fc.option(fc.record({ page: fc.maxSafeInteger() }), { nil: undefined }),
  });
}
