// The contract of statements that are run again and again, and of those that leave together.

import assert from "node:assert/strict";
import { DatabaseError } from "../../database/database-error.ts";
import type { DatabaseObservation } from "../../database/observation.ts";
import { sql } from "../../database/statement.ts";
import type { SuiteTests } from "./harness.ts";

/** Of all lengths in bytes, around what buffers are likely to have, and of characters of one to four bytes. */
const texts: readonly (string | null)[] = [
  null,
  "",
  "a",
  ...["a", "ä", "€", "😀"].flatMap((character) =>
    [31, 255, 340, 1_000, 1_023, 1_024, 1_025, 5_000, 70_000].map((length) => character.repeat(length)),
  ),
];

const echo = (one: string | null, other: string | null) => ({
  ...sql`select ${one}::text as one, ${other}::text as other`,
  name: "echo_two",
});

/** Defines the tests. */
export function repeatedSuite(tests: SuiteTests): void {
  tests.always("a named statement takes and gives any text, one after the other", async ({ database }) => {
    for (const [index, one] of texts.entries()) {
      const other = texts.at(-index) ?? null;
      assert.deepEqual((await database.query(echo(one, other))).rows, [{ one, other }]);
    }
  });

  tests.always("a named statement takes and gives any text, all at once", async ({ database }) => {
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(texts.map((text, index) => database.query(echo(text, String(index)))));
      for (const [index, { rows }] of answers.entries()) {
        assert.deepEqual(rows, [{ one: texts[index], other: String(index) }]);
      }
    }
  });

  tests.always("a named statement without rows answers none, each time", async ({ database, table }) => {
    const remove = { ...sql`delete from ${table} where id > ${0}`, name: "remove_all" };
    for (let round = 0; round < 3; round++) {
      await database.query(sql`insert into ${table} values (1, 'a'), (2, 'b')`);
      const { rows, rowCount } = await database.query(remove);
      assert.deepEqual({ rows, rowCount }, { rows: [], rowCount: 2 });
    }
  });

  tests.always("a row is the reader's own", async ({ database }) => {
    const read = async () => (await database.query(echo("a", "b"))).rows[0] as Record<string, unknown>;
    const first = await read();
    first.one = "changed";
    first.more = true;
    assert.deepEqual(await read(), { one: "a", other: "b" });
  });

  tests.always("a value without text in a named statement is refused, and nothing else", async ({ database }) => {
    const options = {};
    const good = database.query(echo("a", "b"), options);
    const bad = database.query({ ...echo("a", "b"), values: ["a", 1n] }, options);
    const after = database.query(echo("c", "d"), options);
    await assert.rejects(bad, DatabaseError);
    assert.deepEqual((await good).rows, [{ one: "a", other: "b" }]);
    assert.deepEqual((await after).rows, [{ one: "c", other: "d" }]);
  });

  const seen: DatabaseObservation[] = [];
  tests.always(
    "statements of one turn with the same options are one round trip, in order, and fail alone",
    async ({ database, table }) => {
      const options = {};
      const warm = () => database.query(sql`select 1`);
      await Promise.all([warm(), warm()]);
      seen.length = 0;
      const results = await Promise.allSettled([
        database.query(sql`insert into ${table} values (${1}, 'a')`, options),
        database.query(sql`insert into ${table} values (${1}, 'again')`, options),
        database.query(sql`select body from ${table}`, options),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      const [, , read] = results;
      assert.deepEqual(read?.status === "fulfilled" && read.value.rows, [{ body: "a" }]);
      assert.equal(seen.filter(({ kind }) => kind === "wait").length, 1);
    },
    { observe: (observation) => seen.push(observation) },
  );

  tests.always("more than the pool has of them share a connection", async ({ database }) => {
    const options = {};
    const many = Array.from({ length: 50 }, (_, n) => database.query(sql`select ${n}::int as n`, options));
    const rows = (await Promise.all(many)).map((result) => result.rows[0]?.n);
    assert.deepEqual(
      rows,
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  tests.needs("cancel", "an abort ends all of them, and the connection can be used again", async ({ database }) => {
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const together = [sql`select pg_sleep(30)`, sql`select 1`].map((each) => database.query(each, options));
    const ended = Promise.allSettled(together);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    for (const result of await ended) {
      assert.equal(result.status, "rejected");
      assert.ok(result.reason instanceof DatabaseError && result.reason.kind === "cancelled");
    }
    await assert.rejects(database.query(sql`select 1`, options), DatabaseError);
    assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
  });
}
