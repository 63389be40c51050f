import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Operation } from "../../contract/operation.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import { sql } from "../../database/statement.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { asUser, type Customs, createPurseBench, Empty, PurseChanged, purses, purseTable } from "../service.fixture.ts";
import { fingerprintOf } from "./call-key.ts";

const server = await startPostgres();
const home = await server.createDatabase();
let observe: DatabaseObserver | undefined;
const database = await createPostgresDatabase({ url: home.url, max: 25, observe: (seen) => observe?.(seen) });
await migrateUp(database, undefined);
after(async () => {
  await database.close();
  await home.drop();
  await server.stop();
});

let made = 0;
const freshId = () => `purse-${++made}`;
const freshKey = () => `key-${++made}`;
const bench = (customs: Customs = {}) => createPurseBench(database, customs);
const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);
const answerOf = (outcome: Outcome) => (outcome.ok ? outcome.value : assert.fail(outcome.error.reason));
const replayedOf = (outcome: Outcome) => outcome.ok && outcome.replayed === true;

async function recordsOf(key: string): Promise<number> {
  const { rows } = await database.query(sql`select count(*) as amount from trivium.idempotency where key = ${key}`);
  return Number(rows[0]?.amount);
}

test("a call that is repeated under its key takes effect once, and gets the same answer, marked", async () => {
  const { call, events } = await bench();
  const id = freshId();
  await call(purses.open, { id });
  const key = freshKey();
  const first = await call(purses.change, { id, by: 2 }, asUser("ann", key));
  const second = await call(purses.change, { by: 2, id }, asUser("ann", key));
  assert.deepEqual(answerOf(second), answerOf(first));
  assert.deepEqual(answerOf(second), { id, coins: 3, version: 2 });
  assert.deepEqual([replayedOf(first), replayedOf(second)], [false, true]);
  assert.equal((await events(id)).length, 2);
});

test("an operation without output is repeated without one", async () => {
  let runs = 0;
  const { call } = await bench({ custom: async () => void runs++ });
  const key = freshKey();
  const outcomes = [
    await call(purses.custom, { id: "x" }, asUser("ann", key)),
    await call(purses.custom, { id: "x" }, asUser("ann", key)),
  ];
  assert.deepEqual(outcomes.map(answerOf), [undefined, undefined]);
  assert.deepEqual(outcomes.map(replayedOf), [false, true]);
  assert.equal(runs, 1);
});

test("another input under the same key is refused, also one that differs only in a default", async () => {
  const { call, get } = await bench();
  const id = freshId();
  const key = freshKey();
  assert.equal(reasonOf(await call(purses.open, { id, by: 1 }, asUser("ann", key))), "ok");
  assert.equal(reasonOf(await call(purses.open, { id, by: 2 }, asUser("ann", key))), "IDEMPOTENCY_KEY_REUSED");
  assert.equal(reasonOf(await call(purses.open, { id }, asUser("ann", key))), "ok");
  assert.deepEqual(await get(purses.read, { id }), { id, coins: 1, version: 1 });
});

test("users, operations and keys do not share answers", async () => {
  const { call, get } = await bench();
  const id = freshId();
  await call(purses.open, { id, by: 0 });
  const key = freshKey();
  const calls: [Operation, string, string][] = [
    [purses.change, "ann", key],
    [purses.change, "bob", key],
    [purses.strict, "ann", key],
    [purses.change, "ann", `${key}-other`],
  ];
  for (const [operation, user, itsKey] of calls)
    assert.equal(replayedOf(await call(operation, { id }, asUser(user, itsKey))), false);
  assert.deepEqual(await get(purses.read, { id }), { id, coins: 4, version: 5 });
});

test("what was rolled back keeps nothing: the next call with the key runs", async () => {
  const id = freshId();
  const key = freshKey();
  let fails = true;
  const { call } = await bench({
    async open(ctx, at) {
      const purse = await purseTable.insert(ctx, { id: at, coins: 1 });
      if (fails) throw ctx.fail(Empty);
      return purse;
    },
  });
  assert.equal(reasonOf(await call(purses.open, { id }, asUser("ann", key))), "PURSE_EMPTY");
  assert.equal(await recordsOf(key), 0);
  fails = false;
  assert.equal(reasonOf(await call(purses.open, { id }, asUser("ann", key))), "ok");
  assert.equal(await recordsOf(key), 1);
});

test("while a call with the key runs, another is refused at once, and told when to come again", async () => {
  const key = freshKey();
  const running = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { call } = await bench({
    async custom() {
      running.resolve();
      await held.promise;
    },
  });
  const first = call(purses.custom, { id: "x" }, asUser("ann", key));
  await running.promise;
  const second = await call(purses.custom, { id: "x" }, asUser("ann", key));
  const other = call(purses.custom, { id: "x" }, asUser("bob", key));
  held.resolve();
  assert.ok(!second.ok);
  assert.equal(second.error.reason, "IDEMPOTENCY_IN_PROGRESS");
  assert.equal(second.error.code, "ABORTED");
  assert.equal(second.error.retryAfter, 1);
  assert.deepEqual([reasonOf(await first), reasonOf(await other)], ["ok", "ok"]);
});

test("a record counts for 24 hours, whether or not it has been removed", async () => {
  const { call, get } = await bench();
  const id = freshId();
  const key = freshKey();
  await call(purses.open, { id });
  const change = () => call(purses.change, { id }, asUser("ann", key));
  await change();
  await database.query(
    sql`update trivium.idempotency set created_at = now() - interval '23 hours 59 minutes' where key = ${key}`,
  );
  assert.equal(replayedOf(await change()), true);
  await database.query(sql`update trivium.idempotency set created_at = now() - interval '24 hours' where key = ${key}`);
  assert.deepEqual([replayedOf(await change()), replayedOf(await change())], [false, true]);
  assert.deepEqual(await get(purses.read, { id }), { id, coins: 3, version: 3 });
});

test("a key costs one round trip: three for one insert with one event, two for a repeated answer", async () => {
  const { call } = await bench();
  const warm = freshId();
  for (const _ of [1, 2]) await call(purses.open, { id: warm }, asUser("ann", warm));
  const id = freshId();
  let trips = 0;
  observe = ({ kind }) => {
    if (kind === "wait") trips++;
  };
  try {
    assert.equal(reasonOf(await call(purses.open, { id }, asUser("ann", id))), "ok");
    assert.equal(trips, 3);
    trips = 0;
    assert.equal(replayedOf(await call(purses.open, { id }, asUser("ann", id))), true);
    assert.equal(trips, 2);
  } finally {
    observe = undefined;
  }
});

test("a slow part before the unit does not run for a kept answer", async () => {
  let prepared = 0;
  const { call } = await bench({ prepare: async () => void prepared++ });
  const id = freshId();
  const key = freshKey();
  await call(purses.prepared, { id }, asUser("ann", key));
  assert.equal(replayedOf(await call(purses.prepared, { id }, asUser("ann", key))), true);
  assert.equal(prepared, 1);
  assert.equal(reasonOf(await call(purses.prepared, { id, by: 9 }, asUser("ann", key))), "IDEMPOTENCY_KEY_REUSED");
});

test("a nested command has no key of its own", async () => {
  const id = freshId();
  const key = freshKey();
  const { call, get } = await bench({
    async outer(ctx, at) {
      await ctx.call(purses.change, { id: at });
      await ctx.call(purses.change, { id: at });
    },
  });
  await call(purses.open, { id });
  await call(purses.outer, { id }, asUser("ann", key));
  await call(purses.outer, { id }, asUser("ann", key));
  assert.deepEqual(await get(purses.read, { id }), { id, coins: 3, version: 3 });
  assert.equal(await recordsOf(key), 1);
});

for (const isolation of ["read committed", "serializable"] as const) {
  const operation = isolation === "serializable" ? purses.strict : purses.change;

  test(`100 concurrent calls with one key, ${isolation}: one effect, and in the end one answer for all`, async () => {
    const { call, get, events } = await bench();
    const id = freshId();
    const key = freshKey();
    await call(purses.open, { id });
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        for (;;) {
          const outcome = await call(operation, { id }, asUser("ann", key));
          if (outcome.ok) return outcome;
          assert.equal(outcome.error.reason, "IDEMPOTENCY_IN_PROGRESS");
        }
      }),
    );
    assert.equal(answers.filter((answer) => !replayedOf(answer)).length, 1);
    for (const answer of answers) assert.deepEqual(answerOf(answer), { id, coins: 2, version: 2 });
    assert.deepEqual(await get(purses.read, { id }), { id, coins: 2, version: 2 });
    assert.equal((await events(id)).length, 2);
  });
}

test("serializable: a failure that comes of an overlooked answer gives way to that answer", async () => {
  const id = freshId();
  const key = freshKey();
  const started = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  let attempts = 0;
  const first = await createPurseBench(database);
  // The second call's handler cannot see what the first committed, and stumbles over it.
  const { call } = await bench({
    async strict() {
      attempts++;
      started.resolve();
      await committed.promise;
      throw new Error("stumbled");
    },
  });
  const second = call(purses.strict, { id }, asUser("ann", key));
  await started.promise;
  await first.call(purses.open, { id });
  await database.query(
    sql`insert into trivium.idempotency (principal, operation, key, id, fingerprint, answer, tags)
        select 'ann', 'purses.strict', ${key}, gen_random_uuid(), fingerprint, ${{ id, coins: 5, version: 9 }}::json, '{}'
        from (select ${fingerprintOf({ id, by: 1 })} as fingerprint) as given`,
  );
  committed.resolve();
  assert.deepEqual(answerOf(await second), { id, coins: 5, version: 9 });
  assert.equal(attempts, 1);
});

test("a record that another unit wrote meanwhile makes the unit run again, which then finds the answer", async () => {
  const id = freshId();
  const key = freshKey();
  let attempts = 0;
  const { call, get } = await bench({
    async custom(ctx, at) {
      attempts++;
      ctx.emit(PurseChanged, await purseTable.insert(ctx, { id: at, coins: 1 }));
      await database.query(
        sql`insert into trivium.idempotency (principal, operation, key, id, fingerprint, answer, tags)
            values ('ann', 'purses.custom', ${key}, gen_random_uuid(), ${fingerprintOf({ id, by: 1 })}, null, '{}')`,
      );
    },
  });
  const outcome = await call(purses.custom, { id }, asUser("ann", key));
  assert.equal(reasonOf(outcome), "ok");
  assert.equal(replayedOf(outcome), true);
  assert.equal(attempts, 1);
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
});
