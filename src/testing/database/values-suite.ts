// The contract of values: what goes into a statement and what comes out of it.

import assert from "node:assert/strict";
import { DatabaseError } from "../../database/database-error.ts";
import { sql } from "../../database/statement.ts";
import type { SuiteTests } from "./harness.ts";

/** SQL expressions and the JSON value that each must come out as. */
const decoded: readonly (readonly [expression: string, value: unknown])[] = [
  ["null::int", null],
  ["true", true],
  ["7::int2", 7],
  ["(-2147483648)::int4", -2147483648],
  ["9007199254740991::int8", Number.MAX_SAFE_INTEGER],
  ["count(*)", 1],
  ["1.5::float8", 1.5],
  ["1.50::numeric", "1.50"],
  ["'ä €'::text", "ä €"],
  ["timestamptz '2026-11-22 18:40:00.123456+02'", "2026-11-22T16:40:00.123Z"],
  ["timestamptz '2026-11-22 18:40:00.5Z'", "2026-11-22T18:40:00.500Z"],
  ["timestamptz '2026-11-22 18:40:00Z'", "2026-11-22T18:40:00.000Z"],
  ["timestamp '2026-11-22 18:40:00.12'", "2026-11-22T18:40:00.120"],
  ["date '2026-02-03'", "2026-02-03"],
  ["time '18:40:00.5'", "18:40:00.5"],
  ["interval '1 day 2 hours'", "P1DT2H"],
  ["'\\x00ff'::bytea", "AP8="],
  [`'{"a":[1,null]}'::jsonb`, { a: [1, null] }],
  ["'[1]'::json", [1]],
  ["'null'::jsonb", null],
  ["'01899b7c-0000-7000-8000-000000000000'::uuid", "01899b7c-0000-7000-8000-000000000000"],
  ["array[1,null]::int[]", [1, null]],
  ["array[[1,2],[3,4]]::int8[]", [[1, 2], [3, 4]]], // biome-ignore format: one case a line
  [`array['a,b','"q"','back\\slash','NULL','']::text[]`, ["a,b", '"q"', "back\\slash", "NULL", ""]],
  ["'{}'::text[]", []],
  ["array[timestamptz '2026-11-22 18:40:00Z']", ["2026-11-22T18:40:00.000Z"]],
  ["'[0:1]={1,2}'::int[]", [1, 2]],
];

/** Values, the type they are cast to, and what must come back. */
const encoded: readonly (readonly [value: unknown, type: string, back: unknown])[] = [
  [null, "text", null],
  [undefined, "text", null],
  ['it\'s "it" \\ {} €', "text", 'it\'s "it" \\ {} €'],
  [true, "boolean", true],
  [-1.5e-7, "float8", -1.5e-7],
  [Number.MAX_SAFE_INTEGER, "int8", Number.MAX_SAFE_INTEGER],
  ["2026-11-22T18:40:00.123Z", "timestamptz", "2026-11-22T18:40:00.123Z"],
  [{ a: ["x", { b: null }] }, "jsonb", { a: ["x", { b: null }] }],
  [JSON.stringify([1, "two"]), "jsonb", [1, "two"]],
  [["a", null, 'q"\\,{}'], "text[]", ["a", null, 'q"\\,{}']],
  [[[1, 2], [3, 4]], "int[]", [[1, 2], [3, 4]]], // biome-ignore format: one case a line
  [[], "int[]", []],
  [new Uint8Array([0, 255]), "bytea", "AP8="],
];

/** Values that JSON cannot carry: an error, never a wrong value. */
const unrepresentable = ["9007199254740992::int8", "'NaN'::float8", "'infinity'::timestamptz", "date '10000-01-01'"];

/** Defines the tests of values. */
export function valuesSuite(tests: SuiteTests): void {
  tests.always("every type comes out as a JSON value", async ({ database }) => {
    for (const [expression, value] of decoded) {
      const { rows } = await database.query({ text: `select ${expression} as value`, values: [] });
      assert.deepEqual(rows, [{ value }], expression);
    }
  });

  tests.always("values come out the same with and without parameters", async ({ database }) => {
    for (const [expression, value] of decoded) {
      if (expression.startsWith("count")) continue;
      const { rows } = await database.query({ text: `select ${expression} as value where $1`, values: [true] });
      assert.deepEqual(rows, [{ value }], expression);
    }
  });

  tests.always("every kind of value goes in", async ({ database }) => {
    for (const [value, type, back] of encoded) {
      const { rows } = await database.query({ text: `select $1::${type} as value`, values: [value] });
      assert.deepEqual(rows, [{ value: back }], type);
    }
  });

  tests.always("a value is never part of the text", async ({ database }) => {
    const nasty = "'; drop table x; --";
    const { rows } = await database.query(sql`select ${nasty} as value`);
    assert.deepEqual(rows, [{ value: nasty }]);
  });

  tests.always("a value that JSON cannot carry is an error, and the connection lives on", async ({ database }) => {
    for (const expression of unrepresentable) {
      await assert.rejects(
        database.query({ text: `select ${expression} as value`, values: [] }),
        (error) => error instanceof DatabaseError && error.kind === "statement",
        expression,
      );
    }
    assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
  });

  tests.always("a kind of value that has no text is refused", async ({ database }) => {
    for (const value of [1n, Symbol("s"), () => 1]) {
      await assert.rejects(database.query(sql`select ${value}::text`), DatabaseError);
    }
    assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
  });

  tests.always("rows that were read or changed are counted", async ({ database, table }) => {
    const counts = [
      await database.query(sql`insert into ${table} values (1, 'a'), (2, 'b'), (3, 'c')`),
      await database.query(sql`update ${table} set body = body || 'x' where id > ${1}`),
      await database.query(sql`select * from ${table}`),
      await database.query(sql`delete from ${table} where id = ${1}`),
      await database.query(sql`delete from ${table} where id = ${1}`),
    ].map((result) => result.rowCount);
    assert.deepEqual(counts, [3, 2, 3, 1, 0]);
  });

  tests.always("a named statement is used again with other values", async ({ database, table }) => {
    const insert = (id: number) => ({ ...sql`insert into ${table} values (${id}, ${`b${id}`})`, name: "insert_row" });
    for (const id of [1, 2, 3]) await database.query(insert(id));
    const { rows } = await database.query(sql`select body from ${table} order by id`);
    assert.deepEqual(rows, [{ body: "b1" }, { body: "b2" }, { body: "b3" }]);
  });

  tests.always("a named statement whose first use failed can be used", async ({ database }) => {
    const cast = (value: string) => ({ ...sql`select ${value}::int as n`, name: "cast_to_int" });
    await assert.rejects(database.query(cast("x")), DatabaseError);
    assert.deepEqual((await database.query(cast("7"))).rows, [{ n: 7 }]);
  });

  tests.always(
    "a named statement that the schema has outlived fails once, not for ever",
    async ({ database, table }) => {
      const all = { ...sql`select * from ${table} where id = ${1}`, name: "all_columns" };
      await database.query(sql`insert into ${table} values (1, 'a')`);
      await database.query(all);
      await database.query(sql`alter table ${table} add column size int`);
      await assert.rejects(database.query(all), DatabaseError);
      assert.deepEqual((await database.query(all)).rows, [{ id: 1, body: "a", size: null }]);
    },
    { max: 1 },
  );
}
