// COMMIT meets a broken network, a dead backend and a dead server: never a wrong answer, never a half effect.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { TcpProxy } from "../../testing/postgres/tcp-proxy.ts";
import { asUser, type Customs, createPurseBench, PurseChanged, purses, purseTable } from "../service.fixture.ts";

const server = await startPostgres();
const home = await server.createDatabase();
const direct = await createPostgresDatabase({ url: home.url });
const proxy = await TcpProxy.start(home.url);
const database = await createPostgresDatabase({ url: proxy.through(home.url), connectTimeout: 1_000 });
await migrateUp(direct, undefined);
after(async () => {
  await database.close();
  await proxy.close();
  await direct.close();
  await home.drop();
  await server.stop();
});

// COMMIT in the wire protocol: the Bind of its prepared statement, after the portal, which has no name.
const commitMessage = "\0trivium_commit\0";
let made = 0;
const freshId = () => `purse-${++made}`;
const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);

async function effectOf(through: Database, id: string): Promise<{ rows: number; events: number }> {
  const { rows } = await through.query(
    sql`select (select count(*) from purses where id = ${id}) as rows,
               (select count(*) from trivium.outbox where stream = 'purse' and key = ${id}) as events`,
  );
  return { rows: Number(rows[0]?.rows), events: Number(rows[0]?.events) };
}

const writers: Record<string, (id: string) => Customs> = {
  "with an event": (id) => ({
    async custom(ctx) {
      ctx.emit(PurseChanged, await purseTable.insert(ctx, { id, coins: 1 }));
    },
  }),
  "without an event": (id) => ({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
    },
  }),
  "that writes by a statement which gives rows": (id) => ({
    async custom(ctx) {
      await ctx.db.rows(sql`insert into purses values (${id}, 1, 1) returning id`, z.object({ id: z.string() }));
    },
  }),
};

for (const [kind, customs] of Object.entries(writers)) {
  const events = kind === "with an event" ? 1 : 0;

  test(`a unit ${kind}: cut off after COMMIT reached the server, it answers success, and that is true`, async () => {
    const id = freshId();
    const bench = await createPurseBench(database, customs(id));
    const cut = proxy.cutOn({ on: commitMessage, when: "after" });
    const outcome = await bench.call(purses.custom, { id });
    await cut;
    assert.equal(reasonOf(outcome), "ok");
    assert.deepEqual(await effectOf(direct, id), { rows: 1, events });
  });

  test(`a unit ${kind}: cut off before COMMIT reached the server, it answers UNAVAILABLE, and nothing stays`, async () => {
    const id = freshId();
    const bench = await createPurseBench(database, customs(id));
    const cut = proxy.cutOn({ on: commitMessage, when: "before" });
    const outcome = await bench.call(purses.custom, { id });
    await cut;
    assert.equal(reasonOf(outcome), "DATABASE_UNAVAILABLE");
    assert.deepEqual(await effectOf(direct, id), { rows: 0, events: 0 });
  });
}

for (const [kind, customs] of Object.entries(writers)) {
  const events = kind === "with an event" ? 1 : 0;

  for (const when of ["before", "during", "after"] as const) {
    test(`a unit ${kind} and a key, cut off ${when} COMMIT reached the server: called again, it has one effect`, async () => {
      const id = freshId();
      const bench = await createPurseBench(database, customs(id));
      const cut = proxy.cutOn({ on: commitMessage, when });
      const first = await bench.call(purses.custom, { id }, asUser("ann", id));
      await cut;
      assert.equal(reasonOf(first), when === "after" ? "ok" : "DATABASE_UNAVAILABLE");
      assert.deepEqual(await effectOf(direct, id), when === "after" ? { rows: 1, events } : { rows: 0, events: 0 });
      const second = await bench.call(purses.custom, { id }, asUser("ann", id));
      assert.equal(reasonOf(second), "ok");
      assert.equal(second.ok && second.replayed, when === "after");
      assert.deepEqual(await effectOf(direct, id), { rows: 1, events });
    });
  }
}

test("OUTCOME_UNKNOWN with a key: called again with it, the answer is there, and the effect once", async () => {
  const id = freshId();
  const bench = await createPurseBench(database);
  const cut = proxy.cutOn({ on: commitMessage, when: "after" }).then(() => proxy.pause());
  const first = await bench.call(purses.open, { id }, { ...asUser("ann", id), timeout: 1_500 });
  await cut;
  proxy.resume();
  proxy.cutAll();
  assert.equal(reasonOf(first), "OUTCOME_UNKNOWN");
  const second = await bench.call(purses.open, { id }, asUser("ann", id));
  assert.ok(second.ok && second.replayed);
  assert.deepEqual(second.value, { id, coins: 1, version: 1 });
  assert.deepEqual(await effectOf(direct, id), { rows: 1, events: 1 });
});

test("cut off with no way back before the deadline: OUTCOME_UNKNOWN, never success and never UNAVAILABLE", async () => {
  const id = freshId();
  const bench = await createPurseBench(database, writers["with an event"]?.(id));
  const cut = proxy.cutOn({ on: commitMessage, when: "after" }).then(() => proxy.pause());
  const outcome = await bench.call(purses.custom, { id }, { timeout: 1_500 });
  await cut;
  proxy.resume();
  proxy.cutAll();
  assert.equal(reasonOf(outcome), "OUTCOME_UNKNOWN");
  assert.deepEqual(await effectOf(direct, id), { rows: 1, events: 1 });
});

test("a backend that is terminated in the middle of a unit: UNAVAILABLE, and nothing stays", async () => {
  const id = freshId();
  const bench = await createPurseBench(database, {
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      const [row] = await ctx.db.rows(sql`select pg_backend_pid() as pid`, z.object({ pid: z.int() }));
      await direct.query(sql`select pg_terminate_backend(${row?.pid})`);
      ctx.emit(PurseChanged, { id, coins: 1, version: 1 });
    },
  });
  assert.equal(reasonOf(await bench.call(purses.custom, { id })), "DATABASE_UNAVAILABLE");
  assert.deepEqual(await effectOf(direct, id), { rows: 0, events: 0 });
});

test("units cut off at random moments: each answer is true", async () => {
  const bench = await createPurseBench(database);
  const ids = Array.from({ length: 60 }, freshId);
  let running = true;
  const breaker = (async () => {
    while (running) {
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 30));
      proxy.cutAll();
    }
  })();
  const outcomes = await Promise.all(
    ids.map(async (id, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 10));
      return bench.call(purses.open, { id });
    }),
  );
  running = false;
  await breaker;
  let acknowledged = 0;
  for (const [index, outcome] of outcomes.entries()) {
    const effect = await effectOf(direct, ids[index] ?? "");
    if (outcome.ok) acknowledged++;
    if (reasonOf(outcome) === "OUTCOME_UNKNOWN") assert.equal(effect.rows, effect.events);
    else assert.deepEqual(effect, outcome.ok ? { rows: 1, events: 1 } : { rows: 0, events: 0 }, reasonOf(outcome));
  }
  assert.ok(acknowledged > 0, "some units were acknowledged");
});

test("units with a key, cut off at random moments and called again until they answer: each has one effect", async () => {
  const bench = await createPurseBench(database);
  const ids = Array.from({ length: 40 }, freshId);
  let running = true;
  const breaker = (async () => {
    while (running) {
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 30));
      proxy.cutAll();
    }
  })();
  let failures = 0;
  await Promise.all(
    ids.map(async (id) => {
      while (reasonOf(await bench.call(purses.open, { id }, asUser("ann", id))) !== "ok") failures++;
    }),
  );
  running = false;
  await breaker;
  assert.ok(failures > 0, "some units were cut off");
  for (const id of ids) assert.deepEqual(await effectOf(direct, id), { rows: 1, events: 1 });
});
