import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { isAppError } from "../../core/app-error.ts";
import type { Backend, Database, Transaction } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import { sql } from "../../database/statement.ts";
import { eventually } from "../../testing/database/harness.ts";
import { ofKind } from "../../testing/database/transactions-suite.ts";
import {
  startOwnPostgres,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from "../../testing/postgres/start-postgres.ts";
import { TcpProxy } from "../../testing/postgres/tcp-proxy.ts";
import { createPostgresDatabase, type PostgresDatabase, type PostgresOptions } from "./postgres-database.ts";

const readCommitted = { isolation: "read committed" } as const;
let server: TestPostgres;
let data: TestDatabase;
/** Reaches the server without the proxy. */
let direct: PostgresDatabase;

before(async () => {
  server = await startPostgres();
  data = await server.createDatabase();
  direct = await createPostgresDatabase({ url: data.url });
  await direct.query(
    sql`create table entry (id uuid primary key default gen_random_uuid(), name text not null unique)`,
  );
});

after(async () => {
  await direct.close();
  await data.drop();
  await server.stop();
});

async function opened(context: TestContext, options: Partial<PostgresOptions> = {}): Promise<PostgresDatabase> {
  const database = await createPostgresDatabase({ url: data.url, ...options });
  context.after(() => database.close());
  return database;
}

async function proxied(context: TestContext): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(data.url);
  context.after(() => proxy.close());
  return proxy;
}

async function terminate(backend: Backend | undefined): Promise<void> {
  await direct.query(sql`select pg_terminate_backend(${backend?.pid}::int, 5000)`);
}

async function isKept(name: string): Promise<boolean> {
  return (await direct.query(sql`select 1 from entry where name = ${name}`)).rows.length > 0;
}

/** A transaction that wrote one row, on a database behind a proxy. */
async function behindProxy(
  name: string,
  run: (parts: { database: PostgresDatabase; proxy: TcpProxy; transaction: Transaction }) => Promise<void>,
): Promise<void> {
  const proxy = await TcpProxy.start(data.url);
  const database = await createPostgresDatabase({ url: proxy.through(data.url), commitTimeout: 200 });
  try {
    const transaction = await database.begin(readCommitted);
    await transaction.query(sql`insert into entry (name) values (${name})`);
    await run({ database, proxy, transaction });
  } finally {
    proxy.resume();
    await database.close();
    await proxy.close();
  }
}

function evidence(name: string) {
  return sql`select 1 from entry where name = ${name}`;
}

/** The error of a commit whose outcome is unknown, with the backend that knows it. */
async function unknownOutcome(transaction: Transaction): Promise<Backend> {
  const error = await transaction.commit().then(
    () => assert.fail("the commit was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(ofKind("outcome unknown")(error));
  assert.ok(error instanceof DatabaseError && error.backend);
  return error.backend;
}

test("a backend that dies before COMMIT: unavailable, nothing kept, the next call has a new connection", async () => {
  const transaction = await direct.begin(readCommitted);
  await transaction.query(sql`insert into entry (name) values ('died before')`);
  await terminate(transaction.backend);
  await assert.rejects(transaction.query(sql`select 1`), ofKind("unavailable"));
  await assert.rejects(transaction.commit(), ofKind("unavailable"));
  assert.equal(await isKept("died before"), false);
});

test("a backend that dies under a statement: unavailable", async () => {
  const transaction = await direct.begin(readCommitted);
  await transaction.query(sql`select 1`);
  const sleeping = assert.rejects(transaction.query(sql`select pg_sleep(30)`), ofKind("unavailable"));
  await terminate(transaction.backend);
  await sleeping;
  await transaction.rollback();
});

test("COMMIT to a backend that has just died: never a false answer, and settled as rolled back", async () => {
  await behindProxy("just died", async ({ database, proxy, transaction }) => {
    // The news of the backend's end is held back, so that the client sends COMMIT in good faith.
    proxy.pause();
    await terminate(transaction.backend);
    const committed = unknownOutcome(transaction);
    proxy.resume();
    assert.equal(await database.settle(await committed, evidence("just died"), {}), "rolled back");
  });
});

for (const [when, outcome] of [
  ["before", "rolled back"],
  ["during", "rolled back"],
  ["after", "committed"],
] as const) {
  test(`a connection cut ${when} COMMIT arrived: unknown, then settled as ${outcome}`, async () => {
    const name = `cut ${when}`;
    await behindProxy(name, async ({ database, proxy, transaction }) => {
      const cut = proxy.cutOn({ on: "commit", when });
      const backend = await unknownOutcome(transaction);
      await cut;
      assert.deepEqual(backend, transaction.backend);
      assert.equal(await database.settle(backend, evidence(name), {}), outcome);
      assert.equal(await isKept(name), outcome === "committed");
    });
  });
}

test("a connection cut as the last statement and COMMIT leave together: unknown, then settled", async () => {
  await behindProxy("cut together", async ({ database, proxy, transaction }) => {
    void proxy.cutOn({ on: "commit", when: "after" });
    const last = assert.rejects(transaction.query(sql`insert into entry (name) values ('last one')`));
    const backend = await unknownOutcome(transaction);
    await last;
    assert.equal(await database.settle(backend, evidence("last one"), {}), "committed");
    assert.ok(await isKept("cut together"));
  });
});

test("a network that goes silent after COMMIT: unknown after its time-out, then settled", async () => {
  await behindProxy("silent", async ({ proxy, transaction }) => {
    proxy.pause();
    const backend = await unknownOutcome(transaction);
    assert.equal(await direct.settle(backend, evidence("silent"), {}), "rolled back");
  });
});

test("a silent network holds no call beyond its deadline", async () => {
  await behindProxy("late", async ({ database, proxy, transaction }) => {
    proxy.pause();
    const limits = { deadline: Date.now() + 50 };
    await assert.rejects(database.begin({ ...readCommitted, ...limits }), ofKind("cancelled"));
    await assert.rejects(database.query(sql`select 1`, limits), ofKind("cancelled"));
    assert.ok(Date.now() - limits.deadline < 2_000);
    await transaction.rollback();
  });
});

test("closing does not wait for a silent network", { timeout: 10_000 }, async (context) => {
  const proxy = await proxied(context);
  const database = await opened(context, { url: proxy.through(data.url) });
  await database.query(sql`select 1`);
  proxy.pause();
  await database.close();
});

test("a cancel that arrives late hits no later user of the connection", async (context) => {
  const proxy = await proxied(context);
  const database = await opened(context, { url: proxy.through(data.url), max: 1 });
  proxy.holdNew();
  const aborted = new AbortController();
  const first = database.query(sql`select pg_sleep(0.02)`, { signal: aborted.signal });
  aborted.abort();
  await assert.rejects(first, ofKind("cancelled"));
  const second = database.query(sql`select pg_sleep(0.2)`);
  setTimeout(() => proxy.resume(), 100);
  await second;
});

test("settling gives up at its deadline, and says that it does not know", async () => {
  await behindProxy("unsettled", async ({ database, proxy, transaction }) => {
    void proxy.cutOn({ on: "commit", when: "after" });
    const backend = await unknownOutcome(transaction);
    proxy.pause();
    const settled = database.settle(backend, evidence("unsettled"), { deadline: Date.now() + 100 });
    await assert.rejects(settled, (error) => isAppError(error) && error.reason === "OUTCOME_UNKNOWN");
  });
});

test("a commit is settled across a crash of the server", async () => {
  const own = await startOwnPostgres({ durable: true });
  const proxy = await TcpProxy.start(own.url);
  const database = await createPostgresDatabase({ url: proxy.through(own.url) });
  try {
    await database.query(sql`create table entry (name text)`);
    const outcomes: Promise<string>[] = [];
    for (const when of ["after", "before"] as const) {
      const transaction = await database.begin(readCommitted);
      await transaction.query(sql`insert into entry (name) values (${when})`);
      const cut = proxy.cutOn({ on: "commit", when });
      const backend = await unknownOutcome(transaction);
      await cut;
      if (when === "after") await eventually(() => isEnded(own.url, backend));
      await own.kill();
      outcomes.push(database.settle(backend, evidence(when), {}));
      await own.start();
    }
    assert.deepEqual(await Promise.all(outcomes), ["committed", "rolled back"]);
  } finally {
    await database.close();
    await proxy.close();
    await own.stop();
  }
});

async function isEnded(url: string, backend: Backend): Promise<boolean> {
  const database = await createPostgresDatabase({ url });
  try {
    return (await database.query(sql`select 1 from pg_stat_activity where pid = ${backend.pid}`)).rows.length === 0;
  } finally {
    await database.close();
  }
}

test("idle connections that die leave the pool and do not end the process", async (context) => {
  const database = await opened(context);
  const pids = await direct.query(sql`select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
  await terminate({ pid: pids.rows[0]?.pid as number, startedAt: "" });
  await eventually(() => database.stats().size === 0);
  assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
  assert.deepEqual(database.stats(), { size: 1, idle: 1, waiting: 0 });
});

test("a pool that failed to connect works again when the server is back", async (context) => {
  const proxy = await proxied(context);
  const database = await opened(context, { url: proxy.through(data.url), max: 1, connectTimeout: 100 });
  proxy.pause();
  proxy.cutAll();
  await eventually(() => database.stats().size === 0);
  const calls = [1, 2, 3].map(() => database.query(sql`select 1`));
  for (const result of await Promise.allSettled(calls)) {
    assert.ok(result.status === "rejected" && isAppError(result.reason));
    assert.equal(result.reason.reason, "DATABASE_UNAVAILABLE");
  }
  proxy.resume();
  assert.deepEqual((await database.query(sql`select 1 as one`)).rows, [{ one: 1 }]);
});

async function endSessionOf(database: Database, where: string): Promise<void> {
  await database.query({
    text: `select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${where}`,
    values: [],
  });
}

test("locks are lost when their backend dies, all of them, and can be taken again", async () => {
  const one = await direct.locks.acquire("one");
  const two = await direct.locks.acquire("two");
  await endSessionOf(direct, "pid in (select pid from pg_locks where locktype = 'advisory')");
  await eventually(() => one.lost.aborted && two.lost.aborted);
  const again = await direct.locks.acquire("one");
  assert.equal(again.lost.aborted, false);
  await one.release();
  assert.equal(await direct.locks.tryAcquire("one"), undefined, "releasing a lost lock freed the new one");
  await again.release();
});

test("listeners hear a hint after their connection was lost, and go on hearing", async (context) => {
  let heard = 0;
  const database = await opened(context);
  database.wakeups.listen("work", () => heard++);
  await eventually(() => {
    direct.wakeups.notify("work");
    return heard > 0;
  });
  let missed = 0;
  database.wakeups.listen("told to nobody", () => missed++);
  await endSessionOf(direct, "query like 'listen%' and pid <> pg_backend_pid()");
  await eventually(() => missed === 1);
  const reconnected = heard;
  await eventually(() => {
    direct.wakeups.notify("work");
    return heard > reconnected;
  });
});
