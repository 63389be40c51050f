// The contract of several calls at once: waiting for a connection, conflicts, cancelling, unknown outcomes, closing.

import assert from "node:assert/strict";
import { isAppError } from "../../core/app-error.ts";
import type { CatalogueReason } from "../../core/catalogue.ts";
import { sql } from "../../database/statement.ts";
import { countOf, eventually, type Fixture, type SuiteTests } from "./harness.ts";
import { ofKind } from "./transactions-suite.ts";

const readCommitted = { isolation: "read committed" } as const;

function ofReason(reason: CatalogueReason): (error: unknown) => boolean {
  return (error) => isAppError(error) && error.reason === reason;
}

/** Defines the tests of calls beside each other. */
export function concurrencySuite(tests: SuiteTests): void {
  tests.always(
    "a call waits for a connection, and only so long",
    async ({ database }) => {
      const holder = await database.begin(readCommitted);
      await holder.query(sql`select 1`);
      await assert.rejects(database.begin(readCommitted), ofReason("POOL_EXHAUSTED"));
      await assert.rejects(database.query(sql`select 1`), ofReason("POOL_EXHAUSTED"));
      const waiting = database.query(sql`select 2 as two`);
      await holder.rollback();
      assert.deepEqual((await waiting).rows, [{ two: 2 }]);
    },
    { max: 1, waitTimeout: 50 },
  );

  tests.always(
    "those who wait are served in turn, and one who gives up takes nobody's place",
    async ({ database, table }) => {
      const holder = await database.begin(readCommitted);
      const gone = new AbortController();
      const order: number[] = [];
      const first = database.query(sql`select 1`).then(() => order.push(1));
      const left = assert.rejects(database.query(sql`insert into ${table} values (1, 'x')`, { signal: gone.signal }));
      const second = database.query(sql`select 2`).then(() => order.push(2));
      gone.abort();
      await left;
      await holder.rollback();
      await Promise.all([first, second]);
      assert.deepEqual(order, [1, 2]);
    },
    { max: 1 },
  );

  tests.needs("concurrentTransactions", "a snapshot does not see later commits", async (fixture) => {
    const { database, table } = fixture;
    const snapshot = await database.begin({ isolation: "repeatable read", readOnly: true });
    await snapshot.query(sql`select 1 from ${table}`);
    await database.query(sql`insert into ${table} values (1, 'later')`);
    assert.deepEqual((await snapshot.query(sql`select count(*) as n from ${table}`)).rows, [{ n: 0 }]);
    await snapshot.commit();
  });

  tests.needs("concurrentTransactions", "a serialisation failure is a conflict", async ({ database, table }) => {
    await database.query(sql`insert into ${table} values (1, 'a')`);
    const [one, two] = await Promise.all([
      database.begin({ isolation: "serializable" }),
      database.begin({ isolation: "serializable" }),
    ]);
    await Promise.all([one, two].map((transaction) => transaction.query(sql`select * from ${table}`)));
    await one.query(sql`insert into ${table} values (2, 'b')`);
    await two.query(sql`insert into ${table} values (3, 'c')`);
    await one.commit();
    await assert.rejects(two.commit(), ofKind("conflict"));
  });

  tests.needs("concurrentTransactions", "a deadlock is a conflict for one of the two", async ({ database, table }) => {
    await database.query(sql`insert into ${table} values (1, 'a'), (2, 'b')`);
    const [one, two] = await Promise.all([database.begin(readCommitted), database.begin(readCommitted)]);
    await one.query(sql`update ${table} set body = 'one' where id = 1`);
    await two.query(sql`update ${table} set body = 'two' where id = 2`);
    const results = await Promise.allSettled([
      one.query(sql`update ${table} set body = 'one-2' where id = 2`),
      two.query(sql`update ${table} set body = 'two-1' where id = 1`),
    ]);
    const failures = results.filter((result) => result.status === "rejected");
    assert.equal(failures.length, 1);
    assert.ok(ofKind("conflict")(failures[0]?.reason));
    await Promise.all([one.rollback(), two.rollback()]);
  });

  cancelling(tests);
  settling(tests);

  tests.always("a long chain of statements leaves room for everything else", async ({ database }) => {
    let isFired = false;
    setTimeout(() => {
      isFired = true;
    }, 1);
    const end = Date.now() + 2_000;
    while (!isFired && Date.now() < end) await database.query(sql`select 1`);
    assert.ok(isFired);
  });

  tests.always(
    "closing cuts transactions off; later calls are refused",
    async ({ database, table }) => {
      const transaction = await database.begin(readCommitted);
      await transaction.query(sql`insert into ${table} values (1, 'a')`);
      await database.close();
      await database.close();
      await assert.rejects(transaction.commit(), ofKind("unavailable"));
      await assert.rejects(database.query(sql`select 1`), ofReason("DATABASE_UNAVAILABLE"));
      await assert.rejects(database.begin(readCommitted), ofReason("DATABASE_UNAVAILABLE"));
    },
    {},
  );
}

function cancelling(tests: SuiteTests): void {
  const running = async ({ database }: Fixture, mark: string): Promise<boolean> => {
    const { rows } = await database.query(sql`select 1 from pg_stat_activity
      where query like ${`%${mark}%`} and state = 'active' and pid <> pg_backend_pid()`);
    return rows.length > 0;
  };

  tests.needs("cancel", "an abort cancels the running statement on the server", async (fixture) => {
    const { database, table } = fixture;
    const aborted = new AbortController();
    const transaction = await database.begin({ ...readCommitted, signal: aborted.signal });
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    const sleeping = assert.rejects(transaction.query(sql`select pg_sleep(30), 'cancelled-mark'`), ofKind("cancelled"));
    const behind = assert.rejects(transaction.query(sql`select 2`), ofKind("cancelled"));
    await eventually(() => running(fixture, "pg_sleep(30), 'cancelled-mark"));
    aborted.abort();
    await Promise.all([sleeping, behind]);
    await eventually(async () => !(await running(fixture, "pg_sleep(30), 'cancelled-mark")));
    await transaction.rollback();
    assert.equal(await countOf(fixture), 0);
  });

  tests.needs(
    "cancel",
    "a deadline cancels, and the next user of the connection is not hit",
    async (fixture) => {
      const { database } = fixture;
      for (let round = 0; round < 10; round++) {
        const started = Date.now();
        const limits = { deadline: started + 15 };
        await assert.rejects(database.query(sql`select pg_sleep(30)`, limits), ofKind("cancelled"));
        assert.ok(Date.now() - started < 5_000);
        const transaction = await database.begin(readCommitted);
        await transaction.query(sql`select pg_sleep(0.01)`);
        await transaction.commit();
      }
    },
    { max: 1 },
  );

  tests.needs(
    "cancel",
    "a cancel that comes as the statement ends hits nobody",
    async ({ database }) => {
      for (let round = 0; round < 100; round++) {
        const aborted = new AbortController();
        const query = database.query(sql`select pg_sleep(0.001)`, { signal: aborted.signal });
        setTimeout(() => aborted.abort(), round % 4);
        await query.catch(ofKind("cancelled"));
        assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
      }
    },
    { max: 1 },
  );

  tests.needs("cancel", "a rollback does not wait for statements that nobody waits for", async ({ database }) => {
    const transaction = await database.begin(readCommitted);
    const sleeping = assert.rejects(transaction.query(sql`select pg_sleep(30)`));
    const started = Date.now();
    await transaction.rollback();
    await sleeping;
    assert.ok(Date.now() - started < 5_000);
  });
}

function settling(tests: SuiteTests): void {
  tests.needs("shared", "a transaction that committed is settled as committed", async ({ database, table }) => {
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    await transaction.commit();
    assert.ok(transaction.backend);
    const evidence = sql`select 1 from ${table} where id = 1`;
    assert.equal(await database.settle(transaction.backend, evidence, {}), "committed");
  });

  tests.needs("shared", "an open transaction is ended by settling, and settled as rolled back", async (fixture) => {
    const { database, table } = fixture;
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into ${table} values (1, 'a')`);
    assert.ok(transaction.backend);
    const evidence = sql`select 1 from ${table} where id = 1`;
    assert.equal(await database.settle(transaction.backend, evidence, {}), "rolled back");
    await assert.rejects(transaction.commit(), ofKind("unavailable"));
    assert.equal(await countOf(fixture), 0);
  });

  tests.needs("shared", "settling spares another backend that has the same pid", async (fixture) => {
    const { database, table } = fixture;
    const innocent = await database.begin(readCommitted);
    await innocent.query(sql`insert into ${table} values (1, 'a')`);
    assert.ok(innocent.backend);
    const dead = { ...innocent.backend, startedAt: "2020-01-01 00:00:00+00" };
    assert.equal(await database.settle(dead, sql`select 1 where false`, {}), "rolled back");
    await innocent.commit();
    assert.equal(await countOf(fixture), 1);
  });
}
