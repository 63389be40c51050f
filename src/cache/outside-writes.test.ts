import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Database } from "../database/database.ts";
import { migrateUp } from "../database/migrations/migrate.ts";
import { sql } from "../database/statement.ts";
import { freshEmbedded } from "../testing/fresh-embedded.ts";
import { insideSession, undeclaredEffects, unwatchedTables, watchOutsideWrites } from "./outside-writes.ts";

let database: Database;
before(async () => {
  database = await freshEmbedded({ settings: insideSession });
  await migrateUp(database, undefined);
  const tables = `
    create schema app;
    create table shelves (id int primary key);
    create table app.books (id int primary key, shelf int references shelves (id) on delete cascade);
    create table "order" (id int primary key);
    create function noted() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger noted before insert on "order" for each row execute function noted()`;
  await database.query({ text: tables, values: [] });
});
after(() => database.close());
beforeEach(async () => {
  await database.query(sql`delete from trivium.invalidation`);
});

const tables = ["shelves", "app.books", "order"].map((name) => ({ name, affects: undefined }));

/** The tags of the rows that writes left. */
async function left(): Promise<unknown[]> {
  const { rows } = await database.query(sql`select token, tags from trivium.invalidation order by tags`);
  return rows.map(({ token, tags }) => [token, tags]);
}

async function asStranger(work: () => Promise<unknown>): Promise<void> {
  await database.query(sql`select set_config('trivium.unit', '', false)`);
  await work();
  await database.query(sql`select set_config('trivium.unit', 'on', false)`);
}

test("every mapped table that is there is watched, once", async () => {
  const all = [...tables, { name: "missing", affects: undefined }];
  assert.deepEqual((await unwatchedTables(database, all)).sort(), ["app.books", "order", "shelves"]);
  await watchOutsideWrites(database, all);
  assert.deepEqual(await unwatchedTables(database, all), []);
  await watchOutsideWrites(database, all);
});

test("a write by another program leaves the table's tag, also through a cascade; the foundation's own leaves nothing", async () => {
  const insert = () => database.query(sql`insert into shelves (id) values (1), (2)`);
  await insert();
  assert.deepEqual(await left(), []);
  await asStranger(() => database.query(sql`update shelves set id = id where id = 1`));
  assert.deepEqual(await left(), [[null, ["shelves"]]]);
  await database.query(sql`insert into app.books (id, shelf) values (1, 1)`);
  await asStranger(() => database.query(sql`delete from shelves where id = 1`));
  assert.deepEqual(await left(), [
    [null, ["app.books"]],
    [null, ["shelves"]],
    [null, ["shelves"]],
  ]);
});

test("a table that is emptied leaves its tag", async () => {
  await asStranger(() => database.query({ text: 'truncate "order"', values: [] }));
  assert.deepEqual(await left(), [[null, ["order"]]]);
});

test("cascades and triggers that a table does not declare are told with their mend", async () => {
  const problems = await undeclaredEffects(database, tables);
  assert.equal(problems.length, 2);
  assert.match(
    problems[0] ?? "",
    /^table "shelves": the foreign key books_shelf_fkey also .* affects: \["app.books"\]/,
  );
  assert.match(problems[1] ?? "", /^table "order": it has the trigger noted: /);
  const declared = [
    { name: "shelves", affects: ["app.books"] },
    { name: "app.books", affects: undefined },
    { name: "order", affects: [] },
  ];
  assert.deepEqual(await undeclaredEffects(database, declared), []);
});
