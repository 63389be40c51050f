import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "../../../database/statement.ts";
import { startPostgres, type TestDatabase, type TestPostgres } from "../../../testing/postgres/start-postgres.ts";
import { createPostgresDatabase, type PostgresDatabase } from "../postgres-database.ts";

let server: TestPostgres;
let data: TestDatabase;
let database: PostgresDatabase;

before(async () => {
  server = await startPostgres();
  data = await server.createDatabase();
  database = await createPostgresDatabase({ url: data.url, max: 1 });
});

after(async () => {
  await database.close();
  await data.drop();
  await server.stop();
});

test("a name that is used for another text is refused, and the connection goes on", async () => {
  const first = { name: "one_of_two", text: "select 1 as a", values: [] };
  assert.deepEqual((await database.query(first)).rows, [{ a: 1 }]);
  await assert.rejects(database.query({ ...first, text: "select 2 as a" }), /another statement/);
  assert.deepEqual((await database.query(first)).rows, [{ a: 1 }]);
});

test("a name whose first use fails beside a second one leaves both usable", async () => {
  const inverse = (divisor: number) => ({ name: "inverse", text: "select 1 / $1::int as a", values: [divisor] });
  const [failed, answered] = await Promise.allSettled([database.query(inverse(0)), database.query(inverse(1))]);
  assert.equal(failed.status, "rejected");
  assert.deepEqual(answered.status === "fulfilled" && answered.value.rows, [{ a: 1 }]);
  assert.deepEqual((await database.query(inverse(1))).rows, [{ a: 1 }]);
});

test("an answer of many packets is read whole, among others", async () => {
  const long = "ä".repeat(700_000);
  const answers = await Promise.all([
    database.query(sql`select ${long}::text as a`),
    database.query(sql`select n from generate_series(1, 50000) n`),
    database.query(sql`select 'short' as a`),
  ]);
  assert.equal(answers[0].rows[0]?.a, long);
  assert.equal(answers[1].rows.length, 50_000);
  assert.equal(answers[2].rows[0]?.a, "short");
});

test("a statement that waits for data from the client fails, and the next one has a connection", async () => {
  await database.query(sql`create table copied (a int)`);
  await assert.rejects(database.query({ text: "copy copied from stdin", values: [] }), /COPY/);
  assert.deepEqual((await database.query(sql`select 1 as a`)).rows, [{ a: 1 }]);
});

test("the server's error tells where in the text it is", async () => {
  await assert.rejects(database.query(sql`select nothing`), (error: Error) => {
    assert.equal((error.cause as { readonly position?: string }).position, "8");
    return true;
  });
});
