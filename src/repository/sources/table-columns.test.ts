import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { model } from "../../contract/model.ts";
import { bytes, timestamp } from "../../contract/schema.ts";
import type { Database } from "../../database/database.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { table } from "../table.ts";
import { columnProblems } from "./table-columns.ts";

let database: Database;
before(async () => {
  database = await freshEmbedded();
});
after(() => database.close());

const Thing = model("Thing", {
  id: z.uuid(),
  count: z.int(),
  share: z.number(),
  open: z.boolean(),
  at: timestamp(),
  raw: bytes(),
  marks: z.array(z.string()),
  label: z.string().optional(),
});
const fitting = [
  "id uuid primary key",
  "count bigint not null",
  "share double precision not null",
  "open boolean not null",
  "at timestamptz(3) not null",
  "raw bytea not null",
  "marks jsonb not null",
  "label text",
];

let made = 0;

/** The problems of a table with these columns in the place of those of the same names. */
async function problemsWith(...others: readonly string[]): Promise<string[]> {
  const name = `things_${++made}`;
  const nameOf = (column: string): string => column.split(" ")[0] ?? "";
  const kept = fitting.filter((column) => !others.some((other) => nameOf(other) === nameOf(column)));
  const columns = [...kept, ...others.filter((other) => other.includes(" "))];
  await database.query({ text: `create table ${name} (${columns.join(", ")})`, values: [] });
  const problems = await columnProblems(database, [table(Thing, { name })]);
  return problems.map((problem) => problem.replace(`table "${name}": `, ""));
}

test("a table that fits has no problems, whatever other columns it has", async () => {
  assert.deepEqual(await problemsWith("extra numeric not null", "count integer not null"), []);
});

test("domains and enum types are what they stand on", async () => {
  await database.query({ text: "create domain moment as timestamptz(3)", values: [] });
  await database.query({ text: "create type mood as enum ('good', 'bad')", values: [] });
  assert.deepEqual(await problemsWith("at moment not null", "label mood"), []);
});

test("a table that is not there is one problem", async () => {
  const problems = await columnProblems(database, [
    table(Thing, { name: "nowhere.things" }),
    table(Thing, { name: "no" }),
  ]);
  assert.deepEqual(problems, [
    'table "nowhere.things" is not there: add a migration that makes it',
    'table "no" is not there: add a migration that makes it',
  ]);
});

test("all that does not fit is named at once", async () => {
  const found = await problemsWith(
    ...["count numeric not null", "share real not null", "open text not null", "at timestamptz not null", "raw"],
    ...["marks json not null", "label integer"],
  );
  assert.deepEqual(found.toSorted(), [
    "it has no column raw for the field raw",
    "the column at is timestamp with time zone, the field at needs timestamptz(3)",
    "the column count is numeric, the field count needs bigint or integer or smallint",
    "the column label is integer, the field label needs text, uuid, date or an enum type",
    "the column marks is json, the field marks needs jsonb",
    "the column open is text, the field open needs boolean",
    "the column share is real, the field share needs double precision",
  ]);
});

test("a field that may be missing needs a column that may be NULL", async () => {
  assert.deepEqual(await problemsWith("label text not null"), [
    "the column label is NOT NULL, but the field label may be missing",
  ]);
});

test("a column that the database computes is no field", async () => {
  assert.deepEqual(await problemsWith("label text generated always as (id::text) stored"), [
    "the column label is computed by the database: it cannot be a field",
  ]);
});

test("the key must be unique: by one constraint of just these columns, in any order", async () => {
  const missing = ["no primary key or unique constraint keeps its key (id) unique"];
  assert.deepEqual(await problemsWith("id uuid not null"), missing);
  assert.deepEqual(await problemsWith("id uuid not null", "other int not null, unique (id, other)"), missing);
  assert.deepEqual(await problemsWith("id uuid not null", "other int not null, unique (id) include (other)"), []);
  const partial = await problemsWith("id uuid not null");
  assert.deepEqual(partial, missing);
  await database.query({ text: `create unique index on things_${made} (id) where open`, values: [] });
  assert.deepEqual((await columnProblems(database, [table(Thing, { name: `things_${made}` })])).length, 1);
  await database.query({ text: `create unique index on things_${made} (id, lower(label))`, values: [] });
  assert.deepEqual((await columnProblems(database, [table(Thing, { name: `things_${made}` })])).length, 1);
});

test("a view has no constraints to ask for", async () => {
  await problemsWith();
  await database.query({ text: `create view seen as select * from things_${made}`, values: [] });
  assert.deepEqual(await columnProblems(database, [table(Thing, { name: "seen" })]), []);
});
