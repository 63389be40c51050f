// The memory source under the repository suite, and what is its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError } from "../../database/database-error.ts";
import { noteTable } from "../../testing/repository/suite-tables.ts";
import { contextOf, noteValues } from "../../testing/repository/suite-units.ts";
import { repositorySuite } from "../../testing/repository-suite.ts";
import { createMemoryRows } from "./memory-rows.ts";

const store = createMemoryRows();
const features = { concurrentUnits: true, sql: false };

repositorySuite({
  test,
  features,
  subject: () => ({
    features,
    begin: async () => {
      const unit = store.begin();
      return { rows: unit.rows, commit: async () => unit.commit(), rollback: async () => unit.rollback() };
    },
  }),
});

const isConflict = (error: unknown) => error instanceof DatabaseError && error.kind === "conflict";

test("of two units that write one row the later commit is a conflict and keeps nothing", async () => {
  const memory = createMemoryRows();
  const note = await noteTable.insert(contextOf(memory.rows), noteValues());
  const [one, two] = [memory.begin(), memory.begin()];
  await noteTable.update(contextOf(one.rows), note.id, { rank: 1 });
  await noteTable.update(contextOf(two.rows), note.id, { rank: 2 });
  const other = await noteTable.insert(contextOf(two.rows), noteValues());
  one.commit();
  assert.throws(() => two.commit(), isConflict);
  assert.equal((await noteTable.find(contextOf(memory.rows), note.id))?.rank, 1);
  assert.equal(await noteTable.find(contextOf(memory.rows), other.id), undefined);
});

test("of two units that take one unique value the later commit is a conflict", async () => {
  const memory = createMemoryRows();
  const values = noteValues();
  const [one, two] = [memory.begin(), memory.begin()];
  await noteTable.insert(contextOf(one.rows), values);
  await noteTable.insert(contextOf(two.rows), values);
  one.commit();
  assert.throws(() => two.commit(), isConflict);
});

test("a unique value is free again when its row is removed or changed in the same unit", async () => {
  const memory = createMemoryRows();
  const unit = memory.begin();
  const ctx = contextOf(unit.rows);
  const values = noteValues();
  const first = await noteTable.insert(ctx, values);
  await noteTable.update(ctx, first.id, { title: "another" });
  const second = await noteTable.insert(ctx, values);
  await noteTable.remove(ctx, second.id);
  await noteTable.insert(ctx, values);
  unit.commit();
  const { items } = await noteTable.page(contextOf(memory.rows), { where: { folderId: values.folderId }, limit: 9 });
  assert.equal(items.length, 2);
});
