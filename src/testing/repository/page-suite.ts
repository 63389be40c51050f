// The repository suite's tests of keyset pages.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { sql } from "../../database/statement.ts";
import { lineTable, memberTable, type Note, noteTable } from "./suite-tables.ts";
import { inUnit, noteValues, type RepositorySuite } from "./suite-units.ts";

/** Pages: order, conditions, cursors. */
export function pageSuite({ test, subject, features }: RepositorySuite): void {
  const folderOf = async (ranks: readonly number[], body?: string): Promise<Note[]> => {
    const folderId = randomUUID();
    return inUnit(subject(), async (ctx) => {
      const notes: Note[] = [];
      for (const rank of ranks)
        notes.push(
          await noteTable.insert(ctx, noteValues({ folderId, rank, ...(body === undefined ? {} : { body }) })),
        );
      return notes;
    });
  };
  const folder = (notes: readonly Note[]): { folderId: string } => ({ folderId: notes[0]?.folderId ?? "" });

  test("a list is newest first by default, and only its last page has no cursor", {}, async () => {
    const notes = (await folderOf([0, 0, 0, 0])).reverse();
    await inUnit(subject(), async (ctx) => {
      const first = await noteTable.page(ctx, { where: folder(notes), limit: 2 });
      assert.deepEqual(first.items, notes.slice(0, 2));
      const second = await noteTable.page(ctx, { where: folder(notes), limit: 2, cursor: first.nextCursor });
      assert.deepEqual(second.items, notes.slice(2));
      assert.ok(!("nextCursor" in second));
    });
  });

  test("an order is by its fields, then by the key in the direction of the last", {}, async () => {
    const [a, b, c, d] = await folderOf([2, 1, 2, 3]);
    const where = folder([a as Note]);
    await inUnit(subject(), async (ctx) => {
      const up = await noteTable.page(ctx, { where, order: "rank", limit: 10 });
      assert.deepEqual(up.items, [b, a, c, d]);
      const down = await noteTable.page(ctx, { where, order: ["-rank"], limit: 10 });
      assert.deepEqual(down.items, [d, c, a, b]);
      const mixed = await noteTable.page(ctx, { where, order: ["-rank", "id"], limit: 10 });
      assert.deepEqual(mixed.items, [d, a, c, b]);
    });
  });

  test("a condition holds for every row of a page, null for fields without a value", {}, async () => {
    const notes = await folderOf([1, 2, 3]);
    const [first] = notes as [Note];
    await inUnit(subject(), async (ctx) => {
      const changed = await noteTable.update(ctx, first.id, { body: "text", pinned: true });
      const where = folder(notes);
      const having = await noteTable.page(ctx, { where: { ...where, pinned: true, body: "text" }, limit: 10 });
      assert.deepEqual(having.items, [changed]);
      const without = await noteTable.page(ctx, { where: { ...where, body: null }, limit: 1 });
      assert.deepEqual(without.items, [notes[2]]);
      const rest = await noteTable.page(ctx, { where: { ...where, body: null }, limit: 1, cursor: without.nextCursor });
      assert.deepEqual(rest, { items: [notes[1]] });
    });
  });

  test("tables without a filter, with other keys, have pages too", {}, async () => {
    const folderId = randomUUID();
    const base = 2 ** 30 + Math.floor(Math.random() * 2 ** 29);
    await inUnit(subject(), async (ctx) => {
      for (const number of [base, base + 1, base + 2]) await lineTable.insert(ctx, { number, text: "line" });
      const lines = await lineTable.page(ctx, { order: "-number", limit: 1 });
      assert.equal(lines.items.length, 1);
      for (const role of ["a", "b", "c"]) await memberTable.insert(ctx, { folderId, userId: randomUUID(), role });
      const first = await memberTable.page(ctx, { where: { folderId }, limit: 2 });
      const second = await memberTable.page(ctx, { where: { folderId }, limit: 2, cursor: first.nextCursor });
      assert.equal(new Set([...first.items, ...second.items].map((member) => member.role)).size, 3);
    });
  });

  test("a cursor of another list is INVALID_CURSOR", {}, async () => {
    const [notes, others] = [await folderOf([1, 2]), await folderOf([1, 2])];
    await inUnit(subject(), async (ctx) => {
      const where = folder(notes);
      const { nextCursor: cursor } = await noteTable.page(ctx, { where, limit: 1 });
      const refused = { reason: "INVALID_CURSOR", code: "INVALID_ARGUMENT" };
      await assert.rejects(noteTable.page(ctx, { where: folder(others), limit: 1, cursor }), refused);
      await assert.rejects(noteTable.page(ctx, { where: { ...where, rank: 1 }, limit: 1, cursor }), refused);
      await assert.rejects(noteTable.page(ctx, { where, order: "rank", limit: 1, cursor }), refused);
      await assert.rejects(noteTable.page(ctx, { where, order: "id", limit: 1, cursor }), refused);
      await assert.rejects(lineTable.page(ctx, { limit: 1, cursor }), refused);
    });
  });

  const skip = features.sql ? false : "this source has no SQL";
  test("a condition in SQL joins the others, with values and cursors", { skip }, async () => {
    const notes = await folderOf([1, 2, 3, 4, 5], "text");
    await inUnit(subject(), async (ctx) => {
      const found: number[] = [];
      let cursor: string | undefined;
      do {
        const and = sql`rank > ${1} and (body = ${"text"} or false)`;
        const page = await noteTable.page(ctx, { where: folder(notes), and, order: "rank", limit: 2, cursor });
        found.push(...page.items.map((note) => note.rank));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.deepEqual(found, [2, 3, 4, 5]);
    });
  });

  test("a condition in SQL is refused in words by a source without SQL", {
    skip: features.sql && "it has SQL",
  }, async () => {
    await inUnit(subject(), async (ctx) => {
      await assert.rejects(noteTable.page(ctx, { and: sql`true`, limit: 1 }), /SQL/);
    });
  });
}
