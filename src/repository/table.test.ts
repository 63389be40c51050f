// What a table does by itself, whatever the source: set-up checks, refusals, cursors, the way to an external service.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { z } from "zod";
import { model } from "../contract/model.ts";
import { timestamp } from "../contract/schema.ts";
import { appError } from "../core/catalogue.ts";
import { SetupError } from "../core/setup-error.ts";
import { noteTable } from "../testing/repository/suite-tables.ts";
import { contextOf, noteValues } from "../testing/repository/suite-units.ts";
import { dataScope } from "./row-source.ts";
import { externalRowSource } from "./sources/external-rows.ts";
import { createMemoryRows } from "./sources/memory-rows.ts";
import { table, tableProblems } from "./table.ts";

const freshContext = () => contextOf(createMemoryRows().rows);

test("a table that is right has no problems", () => {
  assert.deepEqual(tableProblems([noteTable]), []);
});

test("everything that is wrong with the tables is listed at once, and using one throws it", async () => {
  const Odd = model("Odd", {
    id: z.uuid().optional(),
    Loud: z.string(),
    when: z.date(),
    size: z.string().transform((text) => text.length),
    version: z.number(),
    tags: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: timestamp(),
  });
  const odd = table(Odd, {
    name: "Odd Things",
    version: "version",
    partitions: ["tags", "updatedAt"],
    columns: { tags: z.string(), [`x${"y".repeat(70)}`]: z.string() },
  });
  const twice = [1, 2].map(() => table(model("Twice", { id: z.uuid() }), { name: "twice" }));
  const problems = tableProblems([odd, ...twice]);
  const expected = [
    /use a snake_case name/,
    /columns\.tags is a field of the model already/,
    /"Loud": use a camelCase name/,
    /"when": no column keeps such values/,
    /"size": no column keeps such values/,
    /longer than 63 characters/,
    /key "id": a key field cannot be optional/,
    /version "version" must be a required z\.int/,
    /partitions "updatedAt" changes with every update/,
    /createdAt must be a timestamp/,
    /"twice" is declared twice/,
  ];
  for (const pattern of expected)
    assert.ok(
      problems.some((problem) => pattern.test(problem)),
      String(pattern),
    );
  assert.equal(problems.length, expected.length);
  for (const problem of problems) assert.match(problem, /^table "(Odd Things|twice)"/);
  await assert.rejects(odd.find(freshContext(), "x"), SetupError);
});

test("names that are not fields are problems too where the types were got around", () => {
  const options = { name: "things", key: ["id", "id", "a"], version: "b", partitions: ["c"], unique: [["d"]] };
  const problems = table(model("Thing", { id: z.uuid() }), options as never).problems.join("\n");
  for (const part of [/key "a"/, /names a field twice/, /version "b"/, /partitions "c"/, /unique "d"/])
    assert.match(problems, part);
});

test("a write or a lock outside a unit of work throws what the scope says, and reads do not ask", async () => {
  const scope = contextOf(createMemoryRows().rows)[dataScope];
  const assertWritable = (): void => {
    throw appError("INTERNAL", { message: "outside a unit of work" });
  };
  const ctx = { [dataScope]: { ...scope, assertWritable, assertLockable: assertWritable } };
  const outside = { message: "outside a unit of work" };
  await assert.rejects(noteTable.insert(ctx, noteValues()), outside);
  await assert.rejects(noteTable.update(ctx, randomUUID(), {}), outside);
  await assert.rejects(noteTable.remove(ctx, randomUUID()), outside);
  await assert.rejects(noteTable.find(ctx, randomUUID(), { lock: "share" }), outside);
  assert.equal(await noteTable.find(ctx, randomUUID()), undefined);
  assert.deepEqual(await noteTable.page(ctx, { limit: 1 }), { items: [] });
});

test("values that are no fields, fixed ones and missing ones are refused by name", async () => {
  const ctx = freshContext();
  const note = await noteTable.insert(ctx, noteValues());
  const anything = (values: object) => values as never; // what untyped code could pass
  await assert.rejects(noteTable.insert(ctx, anything({ ...noteValues(), colours: 1 })), /no field colours/);
  await assert.rejects(noteTable.insert(ctx, anything({ ...noteValues(), rank: null })), /without rank/);
  await assert.rejects(noteTable.update(ctx, note.id, anything({ colours: 1 })), /no field colours/);
  for (const fixed of ["id", "version", "folderId", "createdAt", "updatedAt"])
    await assert.rejects(
      noteTable.update(ctx, note.id, anything({ [fixed]: note.id })),
      new RegExp(`${fixed} cannot be changed`),
    );
});

test("a condition on an undefined value is refused: it would widen the list", async () => {
  const where = { folderId: undefined } as never; // what a caller without exactOptionalPropertyTypes could pass
  await assert.rejects(noteTable.page(freshContext(), { where, limit: 1 }), /where\.folderId is undefined/);
});

test("limits and orders that make no page are refused", async () => {
  const ctx = freshContext();
  for (const limit of [0, -1, 1.5, Number.NaN]) await assert.rejects(noteTable.page(ctx, { limit }), /limit/);
  for (const order of ["body", "tags", "nothing"])
    await assert.rejects(noteTable.page(ctx, { order: order as "rank", limit: 1 }), new RegExp(order));
});

test("a made-up cursor is INVALID_CURSOR when its values do not fit the fields, before any source sees it", async () => {
  // A twin of the table with looser fields makes cursors of the same list with values that the real one cannot hold.
  const twin = table(model("Twin", { id: z.string(), rank: z.string() }), { name: "suite.notes" });
  const rows = createMemoryRows().rows;
  for (const [index, id] of ["a", "b'; drop table notes; --"].entries())
    await rows.insert(twin, { id, rank: `${index}` });
  for (const order of ["id", "rank"] as const) {
    const { nextCursor } = await twin.page(contextOf(rows), { order, limit: 1 });
    assert.ok(nextCursor !== undefined);
    const page = noteTable.page(contextOf(createMemoryRows().rows), { order, limit: 1, cursor: nextCursor });
    await assert.rejects(page, { reason: "INVALID_CURSOR" });
  }
});

test("a table of an external service is read through its functions, the others through their own source", async () => {
  const Rate = model("Rate", { currency: z.string(), perEuro: z.number() });
  const rateTable = table(Rate, { name: "rates", key: "currency" });
  const rates = new Map([["SEK", { currency: "SEK", perEuro: 11.2 }]]);
  const find = async (_: unknown, key: Readonly<Record<string, unknown>>) => rates.get(String(key.currency));
  const ctx = contextOf(externalRowSource([[rateTable, { find }]], createMemoryRows().rows));
  assert.deepEqual(await rateTable.find(ctx, "SEK"), { currency: "SEK", perEuro: 11.2 });
  assert.equal(await rateTable.find(ctx, "XXX"), undefined);
  await assert.rejects(rateTable.insert(ctx, { currency: "NOK", perEuro: 11.6 }), /rates .* offers no insert/);
  const note = await noteTable.insert(ctx, noteValues());
  assert.deepEqual(await noteTable.find(ctx, note.id), note);
});
