// The contract of transactions on one connection: what is kept, what is not, and what a failure looks like.

import assert from "node:assert/strict";
import { DatabaseError, type DatabaseErrorKind } from "../../database/database-error.ts";
import type { DatabaseObservation } from "../../database/observation.ts";
import { sql } from "../../database/statement.ts";
import { countOf, type SuiteTests } from "./harness.ts";

const readCommitted = { isolation: "read committed" } as const;

/** Whether an error is a DatabaseError of a kind. */
export function ofKind(kind: DatabaseErrorKind): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DatabaseError, String(error));
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}

/** Defines the tests of single transactions. */
export function transactionsSuite(tests: SuiteTests): void {
  tests.always("what is committed is kept, what is rolled back is not", async ({ database, table }) => {
    const kept = await database.begin(readCommitted);
    await kept.query(sql`insert into ${table} values (1, 'kept')`);
    await kept.commit();
    const dropped = await database.begin(readCommitted);
    await dropped.query(sql`insert into ${table} values (2, 'dropped')`);
    await dropped.rollback();
    assert.deepEqual((await database.query(sql`select id from ${table}`)).rows, [{ id: 1 }]);
  });

  tests.always("statements run in the order of the calls, also when none is awaited", async (fixture) => {
    const { database, table } = fixture;
    const transaction = await database.begin(readCommitted);
    const statements = Array.from({ length: 50 }, (_, id) =>
      transaction.query(sql`insert into ${table} select ${id}, count(*)::text from ${table}`),
    );
    const committed = transaction.commit();
    await Promise.all(statements);
    await committed;
    const { rows } = await database.query(sql`select count(*) as n from ${table} where body = id::text`);
    assert.deepEqual(rows, [{ n: 50 }]);
  });

  tests.always("after a failed statement the others fail and COMMIT says aborted", async (fixture) => {
    const { database, table } = fixture;
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    await assert.rejects(transaction.query(sql`insert into ${table} values (1, 'b')`), ofKind("unique"));
    await assert.rejects(transaction.query(sql`insert into ${table} values (2, 'c')`), ofKind("statement"));
    await assert.rejects(transaction.commit(), (error) => {
      assert.ok(ofKind("aborted")(error));
      return (error as DatabaseError).cause instanceof DatabaseError;
    });
    assert.equal(await countOf(fixture), 0);
  });

  tests.always("COMMIT sent behind a statement that fails says aborted", async (fixture) => {
    const { database, table } = fixture;
    const transaction = await database.begin(readCommitted);
    const inserted = transaction.query(sql`insert into ${table} values (1, 'a')`);
    const failed = assert.rejects(transaction.query(sql`select 1/0`), ofKind("statement"));
    await assert.rejects(transaction.commit(), ofKind("aborted"));
    await Promise.all([inserted, failed]);
    assert.equal(await countOf(fixture), 0);
  });

  tests.always("a rollback to a savepoint takes back what came after it", async ({ database, table }) => {
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    await transaction.query(sql`savepoint s`);
    await assert.rejects(transaction.query(sql`insert into ${table} values (1, 'b')`), ofKind("unique"));
    await transaction.query(sql`rollback to savepoint s`);
    await transaction.query(sql`insert into ${table} values (2, 'b')`);
    await transaction.commit();
    assert.deepEqual((await database.query(sql`select id from ${table} order by id`)).rows, [{ id: 1 }, { id: 2 }]);
  });

  tests.always("broken rules of data are told apart, with the constraint's name", async ({ database, table }) => {
    await database.query(sql`alter table ${table}
      add column parent int constraint has_parent references ${table},
      add column size int not null default 1 constraint is_small check (size < 10)`);
    await database.query(sql`insert into ${table} (id, body) values (1, 'a')`);
    const broken = [
      [sql`insert into ${table} (id, parent) values (2, 99)`, "foreign key", "has_parent"],
      [sql`insert into ${table} (id, size) values (2, 10)`, "check", "is_small"],
      [sql`insert into ${table} (id, size) values (2, null)`, "check", undefined],
    ] as const;
    for (const [statement, kind, constraint] of broken) {
      await assert.rejects(database.query(statement), (error) => {
        return ofKind(kind)(error) && (error as DatabaseError).constraint === constraint;
      });
    }
  });

  tests.always(
    "a rule that is checked at COMMIT fails the commit by its kind, and nothing is kept",
    async (fixture) => {
      const { database, table } = fixture;
      const transaction = await database.begin(readCommitted);
      await transaction.query(sql`set constraints all deferred`);
      await transaction.query(sql`insert into ${table} values (1, 'same'), (2, 'same')`);
      await assert.rejects(transaction.commit(), ofKind("unique"));
      assert.equal(await countOf(fixture), 0);
    },
  );

  tests.needs(
    "shared",
    "a failed transaction does not cost the connection",
    async ({ database, table }) => {
      const failed = await database.begin(readCommitted);
      await failed.query(sql`insert into ${table} values (1, 'a')`);
      await assert.rejects(failed.query(sql`insert into ${table} values (1, 'b')`));
      await failed.rollback();
      const late = await database.begin(readCommitted);
      await late.query(sql`set constraints all deferred`);
      await late.query(sql`insert into ${table} values (1, 'same'), (2, 'same')`);
      await assert.rejects(late.commit());
      const next = await database.begin(readCommitted);
      assert.deepEqual([late.backend, next.backend], [failed.backend, failed.backend]);
      await next.rollback();
    },
    { max: 1 },
  );

  tests.always("a read-only transaction refuses to write", async ({ database, table }) => {
    const transaction = await database.begin({ isolation: "repeatable read", readOnly: true });
    await assert.rejects(transaction.query(sql`insert into ${table} values (1, 'a')`), ofKind("statement"));
    await transaction.rollback();
  });

  tests.always("each isolation is what was asked for", async ({ database }) => {
    for (const isolation of ["read committed", "repeatable read", "serializable"] as const) {
      const transaction = await database.begin({ isolation });
      const { rows } = await transaction.query(sql`select current_setting('transaction_isolation') as isolation`);
      assert.deepEqual(rows, [{ isolation }]);
      await transaction.rollback();
    }
  });

  tests.always("an ended transaction refuses statements, and ending it again does nothing", async (fixture) => {
    const { database, table } = fixture;
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    await transaction.commit();
    await transaction.rollback();
    await transaction.rollback();
    await assert.rejects(transaction.query(sql`select 1`), DatabaseError);
    await assert.rejects(transaction.commit(), DatabaseError);
    assert.equal(await countOf(fixture), 1);
  });

  tests.always("an aborted signal and a passed deadline let nothing more run", async (fixture) => {
    const { database, table } = fixture;
    const aborted = new AbortController();
    const transaction = await database.begin({ ...readCommitted, signal: aborted.signal });
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    aborted.abort();
    await assert.rejects(transaction.query(sql`insert into ${table} values (2, 'b')`), ofKind("cancelled"));
    await assert.rejects(transaction.commit(), ofKind("cancelled"));
    const late = await database.begin({ ...readCommitted, deadline: Date.now() - 1 });
    await assert.rejects(late.query(sql`insert into ${table} values (3, 'c')`), ofKind("cancelled"));
    await late.rollback();
    await assert.rejects(database.query(sql`insert into ${table} values (4, 'd')`, { signal: aborted.signal }));
    assert.equal(await countOf(fixture), 0);
  });

  tests.always("an abort after COMMIT was sent changes nothing", async (fixture) => {
    const { database, table } = fixture;
    const aborted = new AbortController();
    const transaction = await database.begin({ ...readCommitted, signal: aborted.signal });
    const inserted = transaction.query(sql`insert into ${table} values (1, 'a')`);
    const committed = transaction.commit();
    aborted.abort();
    await Promise.all([inserted, committed]);
    assert.equal(await countOf(fixture), 1);
  });

  roundTrips(tests);
}

function roundTrips(tests: SuiteTests): void {
  const seen: DatabaseObservation[] = [];
  const waits = (): number => seen.filter((observation) => observation.kind === "wait").length;
  const observe = (observation: DatabaseObservation): void => void seen.push(observation);

  tests.always(
    "BEGIN with a statement is one round trip, the last statement with COMMIT another; nothing done is none",
    async ({ database, table }) => {
      await database.query(sql`select 1`);
      seen.length = 0;
      const nothing = await database.begin(readCommitted);
      await nothing.commit();
      assert.equal(seen.length, 0);
      const transaction = await database.begin(readCommitted);
      await transaction.query(sql`insert into ${table} values (1, 'first')`);
      assert.equal(waits(), 1);
      const last = transaction.query(sql`insert into ${table} values (2, 'last')`);
      await transaction.commit();
      await last;
      assert.equal(waits(), 2);
    },
    { observe },
  );

  tests.always(
    "the observer is told every statement with its time and error, and no value",
    async ({ database, table }) => {
      seen.length = 0;
      const before = Date.now();
      await database.query(sql`insert into ${table} values (${1}, ${"secret-value"})`);
      await assert.rejects(database.query(sql`insert into ${table} values (${1}, ${"secret-value"})`));
      const statements = seen.filter((observation) => observation.kind === "statement");
      assert.equal(statements.length, 2);
      const [good, bad] = statements;
      assert.ok(good !== undefined && good.startedAt >= before && good.duration > 0 && good.error === undefined);
      assert.equal(good.rowCount, 1);
      assert.ok(bad?.error instanceof DatabaseError);
      assert.ok(!statements.some((statement) => statement.text.includes("secret-value")));
    },
    { observe },
  );
}
