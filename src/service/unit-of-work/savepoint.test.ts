// What stands beside, or is forgotten inside, a ctx.try or a nested call: never half an effect.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { type Customs, createPurseBench, purses, purseTable } from "../service.fixture.ts";

const server = await startPostgres();
const home = await server.createDatabase();
const database = await createPostgresDatabase({ url: home.url });
await migrateUp(database, undefined);
after(async () => {
  await database.close();
  await home.drop();
  await server.stop();
});

let made = 0;
const freshId = () => `purse-${++made}`;
const bench = (customs: Customs = {}) => createPurseBench(database, customs);
const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);

async function coinsOf(id: string): Promise<unknown> {
  return (await database.query(sql`select coins from purses where id = ${id}`)).rows[0]?.coins;
}

test("a statement made in the same turn as a ctx.try that fails is not undone with it", async () => {
  for (const begun of [false, true]) {
    const [beside, undone] = [freshId(), freshId()];
    const { call } = await bench({
      async custom(ctx) {
        if (begun) await purseTable.find(ctx, beside);
        const tried = ctx.try(async () => {
          await purseTable.insert(ctx, { id: undone, coins: 1 });
          throw new Error("no");
        });
        const inserted = purseTable.insert(ctx, { id: beside, coins: 7 });
        await assert.rejects(tried, /no/);
        await inserted;
      },
    });
    assert.equal(reasonOf(await call(purses.custom, { id: beside })), "ok");
    assert.deepEqual([await coinsOf(beside), await coinsOf(undone)], [7, undefined]);
  }
});

test("a statement that a ctx.try does not await is part of it", async () => {
  const [kept, undone] = [freshId(), freshId()];
  const { call } = await bench({
    async custom(ctx) {
      await ctx.try(async () => {
        void purseTable.insert(ctx, { id: kept, coins: 1 });
      });
      const tried = ctx.try(async () => {
        await purseTable.insert(ctx, { id: undone, coins: 1 });
        purseTable.insert(ctx, { id: undone, coins: 2 }).catch(() => undefined);
      });
      await assert.rejects(tried, { kind: "unique" });
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id: kept })), "ok");
  assert.deepEqual([await coinsOf(kept), await coinsOf(undone)], [1, undefined]);
});

test("a nested call that nobody awaits is done as a whole, in the unit and in a ctx.try", async () => {
  const [outer, inner] = [freshId(), freshId()];
  const { call } = await bench({
    async custom(ctx) {
      void ctx.call(purses.outer, { id: outer });
      await ctx.try(async () => {
        void ctx.call(purses.outer, { id: inner });
      });
    },
    async outer(ctx, id) {
      await purseTable.insert(ctx, { id, coins: 1 });
      await delay(20);
      await ctx.db.execute(sql`update purses set coins = 2 where id = ${id}`);
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id: outer })), "ok");
  assert.deepEqual([await coinsOf(outer), await coinsOf(inner)], [2, 2]);
});

test("a deadlock inside a ctx.try runs the unit again, whatever the handler makes of it", async () => {
  const [a, b] = [freshId(), freshId()];
  const { get, call } = await bench({
    async custom(ctx, id) {
      const [first, second] = id === a ? [a, b] : [b, a];
      await ctx.db.execute(sql`update purses set coins = coins + 1 where id = ${first}`);
      await delay(50);
      await ctx
        .try(() => ctx.db.execute(sql`update purses set coins = coins + 1 where id = ${second}`))
        .catch(() => undefined);
    },
  });
  await Promise.all([get(purses.open, { id: a, by: 0 }), get(purses.open, { id: b, by: 0 })]);
  const outcomes = await Promise.all([call(purses.custom, { id: a }), call(purses.custom, { id: b })]);
  assert.deepEqual(outcomes.map(reasonOf), ["ok", "ok"]);
  assert.deepEqual([await coinsOf(a), await coinsOf(b)], [2, 2]);
});
