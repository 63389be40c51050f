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

test("what is sent behind a statement that fails is not run, nor committed, and the connection goes on", async () => {
  await database.query(sql`create table joined (n int primary key)`);
  const transaction = await database.begin({ isolation: "read committed" });
  const insert = (n: number) => ({ name: "joined_insert", text: "insert into joined values ($1)", values: [n] });
  const outcomes = await Promise.allSettled([
    transaction.query(insert(1)),
    transaction.query(insert(1)),
    transaction.query(insert(2)),
    transaction.commit(),
  ]);
  const told = outcomes.map((outcome) =>
    outcome.status === "rejected" ? [outcome.reason.kind, outcome.reason.sqlState] : "ok",
  );
  assert.deepEqual(told, ["ok", ["unique", "23505"], ["statement", "25P02"], ["aborted", undefined]]);
  assert.deepEqual((await database.query(sql`select n from joined`)).rows, []);
  assert.deepEqual((await database.query(insert(3))).rowCount, 1);
});

test("named, unnamed and simple statements of one turn keep their order and their answers", async () => {
  const transaction = await database.begin({ isolation: "read committed" });
  const many = Array.from({ length: 60 }, (_, n) => {
    if (n % 3 === 0) return { text: `select ${n} as n`, values: [] };
    return n % 3 === 1
      ? sql`select ${n}::int as n`
      : { name: "joined_number", text: "select $1::int as n", values: [n] };
  });
  const answers = await Promise.all([...many.map((each) => transaction.query(each)), transaction.commit()]);
  assert.deepEqual(
    answers.slice(0, -1).map((answer) => answer?.rows[0]?.n),
    many.map((_, n) => n),
  );
});

test("statements outside of a transaction stand for themselves", async () => {
  const [failed, answered] = await Promise.allSettled([
    database.query(sql`select 1 / ${0}::int`),
    database.query(sql`select ${1}::int as n`),
  ]);
  assert.equal(failed.status, "rejected");
  assert.deepEqual(answered.status === "fulfilled" && answered.value.rows, [{ n: 1 }]);
});

test("a text without a statement in it has an answer", async () => {
  const transaction = await database.begin({ isolation: "read committed" });
  const empty = transaction.query({ name: "joined_nothing", text: "", values: [] });
  const [nothing, one] = await Promise.all([
    empty,
    transaction.query(sql`select ${1}::int as n`),
    transaction.commit(),
  ]);
  assert.deepEqual([nothing.rows, one.rows], [[], [{ n: 1 }]]);
});
