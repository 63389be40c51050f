// How a command ends: its answer is what happened, and what it held is free when it has ended.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPostgresDatabase } from "../adapters/postgres/index.ts";
import { migrateUp } from "../database/migrations/migrate.ts";
import { sql } from "../database/statement.ts";
import type { Outcome } from "../pipeline/call.ts";
import { freshEmbedded } from "../testing/fresh-embedded.ts";
import { startPostgres } from "../testing/postgres/start-postgres.ts";
import { createPurseBench, declaredCounter, PurseChanged, purses, purseTable } from "./service.fixture.ts";

const server = await startPostgres();
const home = await server.createDatabase();
const database = await createPostgresDatabase({ url: home.url, max: 2, waitTimeout: 300 });
await migrateUp(database, undefined);
after(async () => {
  await database.close();
  await home.drop();
  await server.stop();
});

let made = 0;
const freshId = () => `purse-${++made}`;
const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);

for (const kind of ["PostgreSQL", "embedded"] as const) {
  test(`a handler that goes on after its deadline holds no lock and no connection: ${kind}`, async (t) => {
    const used = kind === "PostgreSQL" ? database : await freshEmbedded();
    if (used !== database) t.after(() => used.close());
    await migrateUp(used, undefined);
    const id = freshId();
    const released = Promise.withResolvers<undefined>();
    const ends: Promise<unknown>[] = [];
    const { call, get } = await createPurseBench(used, {
      async custom(ctx) {
        await ctx.db.execute(sql`update purses set coins = 100 where id = ${id}`);
        await released.promise;
        const late = purseTable.insert(ctx, { id: freshId(), coins: 1 });
        ends.push(late);
        await late;
      },
    });
    await get(purses.open, { id, by: 1 });
    const outcomes = await Promise.all([1, 2].map(() => call(purses.custom, { id }, { timeout: 100 })));
    assert.ok(outcomes.every((outcome) => !outcome.ok));
    assert.deepEqual(await get(purses.change, { id, by: 1 }, { timeout: 2_000 }), { id, coins: 2, version: 2 });
    released.resolve(undefined);
    await delay(20);
    assert.ok(ends.length > 0);
    for (const end of ends) await assert.rejects(end);
    assert.equal((await get<{ coins: number }>(purses.read, { id })).coins, 2);
  });
}

test("a counter that nobody declared fails the call before it commits", async () => {
  const id = freshId();
  const { call } = await createPurseBench(database, {
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      ctx.metrics.count(declaredCounter);
      ctx.metrics.count("nobody-declared-it");
    },
  });
  const outcome = await call(purses.custom, { id });
  const { rowCount } = await database.query(sql`select 1 from purses where id = ${id}`);
  assert.deepEqual([reasonOf(outcome), rowCount], ["INTERNAL", 0]);
});

test("an answer that the contract does not allow leaves neither rows nor events", async () => {
  const id = freshId();
  const { call, events } = await createPurseBench(database, {
    async open(ctx) {
      const purse = await purseTable.insert(ctx, { id, coins: 1 });
      ctx.emit(PurseChanged, purse);
      return { ...purse, coins: 0.5 };
    },
  });
  assert.equal(reasonOf(await call(purses.open, { id })), "INTERNAL");
  const { rowCount } = await database.query(sql`select 1 from purses where id = ${id}`);
  assert.deepEqual([rowCount, await events(id)], [0, []]);
});
