import assert from "node:assert/strict";
import { test } from "node:test";
import { isReading } from "./reading-sql.ts";

test("selects read, whatever stands before them or is named in them", () => {
  for (const text of [
    "select 1",
    "  SELECT updated_at, 'delete from x' from things",
    "-- of today\nselect 1",
    "/* of\ntoday */ (select 1) union (select 2)",
    "with recent as (select * from things) select * from recent",
    "values (1), (2)",
    "table things",
    "select pg_try_advisory_lock(1) from update_log",
  ])
    assert.equal(isReading(text), true, text);
});

test("statements that write, or hold a part that does, do not", () => {
  for (const text of [
    "update things set a = 1 returning *",
    "\n insert into things values (1)",
    "DELETE FROM things",
    "merge into things using others on true when matched then delete",
    "truncate things",
    "with gone as (delete from things returning *) select * from gone",
    "with made as (\n  insert into things values (1) returning *) select * from made",
    "explain analyze update things set a = 1",
    "selection",
    "",
  ])
    assert.equal(isReading(text), false, text);
});
