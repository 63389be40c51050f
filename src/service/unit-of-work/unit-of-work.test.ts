import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import { sql } from "../../database/statement.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { type Customs, createPurseBench, Empty, PurseChanged, purses, purseTable } from "../service.fixture.ts";

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
const bench = (customs: Customs = {}) => createPurseBench(database, customs);
const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);

test("rows and events commit together, and the answer comes after", async () => {
  const { get, events } = await bench();
  const id = freshId();
  const purse = await get(purses.open, { id, by: 5 });
  assert.deepEqual(purse, { id, coins: 5, version: 1 });
  await get(purses.change, { id, by: 2 });
  assert.deepEqual(await events(id), [
    { sequence: 1, data: { id, coins: 5, version: 1 } },
    { sequence: 2, data: { id, coins: 7, version: 2 } },
  ]);
});

test("a failing handler leaves neither rows nor events", async () => {
  const id = freshId();
  const { get, call, events } = await bench({
    async custom(ctx) {
      const purse = await purseTable.insert(ctx, { id, coins: 1 });
      ctx.emit(PurseChanged, purse);
      throw ctx.fail(Empty);
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id })), "PURSE_EMPTY");
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
  assert.deepEqual(await events(id), []);
});

test("a failed statement that the handler swallows still rolls the unit back", async () => {
  const id = freshId();
  const { call, get } = await bench({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      await purseTable.insert(ctx, { id, coins: 2 }).catch(() => undefined);
    },
  });
  const outcome = await call(purses.custom, { id });
  assert.equal(outcome.ok, false);
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
});

test("what the handler makes of a failed statement is the answer", async () => {
  const id = freshId();
  const { call } = await bench({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      await purseTable.insert(ctx, { id, coins: 2 }, { duplicate: Empty });
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id })), "PURSE_EMPTY");
});

test("a nested command's failure that the handler swallows rolls the whole unit back", async () => {
  const id = freshId();
  const { call, get } = await bench({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      await ctx.call(purses.change, { id: "nobody" }).catch(() => undefined);
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id })), "PURSE_EMPTY");
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
});

test("what fails inside ctx.try leaves nothing behind, and the unit goes on; also beside concurrent statements", async () => {
  const [kept, undone, beside] = [freshId(), freshId(), freshId()];
  const { call, get, events } = await bench({
    async custom(ctx) {
      await ctx.call(purses.open, { id: kept });
      const tried = ctx.try(async () => {
        await ctx.call(purses.open, { id: undone });
        await delay(20);
        await ctx.call(purses.open, { id: undone });
      });
      const concurrent = ctx.call(purses.open, { id: beside });
      await assert.rejects(tried, { reason: "ALREADY_EXISTS" });
      await concurrent;
      await ctx.call(purses.change, { id: kept, by: 1 });
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id: kept })), "ok");
  assert.equal((await get<{ coins: number }>(purses.read, { id: kept })).coins, 2);
  assert.equal((await get<{ coins: number }>(purses.read, { id: beside })).coins, 1);
  await assert.rejects(get(purses.read, { id: undone }), { reason: "PURSE_EMPTY" });
  assert.deepEqual(
    [(await events(kept)).length, (await events(beside)).length, (await events(undone)).length],
    [2, 1, 0],
  );
});

test("two ctx.try of one scope run one after the other; nested ones belong to theirs", async () => {
  const ids = [freshId(), freshId(), freshId()] as const;
  const order: string[] = [];
  const { call, events } = await bench({
    async custom(ctx) {
      const first = ctx.try(async () => {
        order.push("first in");
        await ctx.call(purses.open, { id: ids[0] });
        await ctx
          .try(async () => {
            await ctx.call(purses.open, { id: ids[1] });
            throw new Error("inner");
          })
          .catch(() => undefined);
        await delay(10);
        order.push("first out");
      });
      const second = ctx.try(async () => {
        order.push("second in");
        await ctx.call(purses.open, { id: ids[2] });
      });
      await Promise.all([first, second]);
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id: "x" })), "ok");
  assert.deepEqual(order, ["first in", "first out", "second in"]);
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await events(id)).length)), [1, 0, 1]);
});

test("a failure swallowed inside ctx.try still undoes that try", async () => {
  const id = freshId();
  const { call, events } = await bench({
    async custom(ctx) {
      const tried = ctx.try(async () => {
        await ctx.call(purses.open, { id });
        await ctx.call(purses.change, { id: "nobody" }).catch(() => undefined);
      });
      await assert.rejects(tried, { reason: "PURSE_EMPTY" });
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id })), "ok");
  assert.deepEqual(await events(id), []);
});

test("20 concurrent writers of one key: no lost update, sequences gapless and in commit order", async () => {
  const id = freshId();
  const { get, events } = await bench();
  await get(purses.open, { id, by: 0 });
  const write = async (): Promise<void> => {
    for (;;) {
      const outcome = await get(purses.change, { id, by: 1 }).catch((error: { reason: string }) => error.reason);
      if (outcome !== "VERSION_CONFLICT") return;
    }
  };
  await Promise.all(Array.from({ length: 20 }, write));
  assert.deepEqual(await get(purses.read, { id }), { id, coins: 20, version: 21 });
  assert.deepEqual(
    (await events(id)).map(({ sequence, data }) => [sequence, data.coins]),
    Array.from({ length: 21 }, (_, index) => [index + 1, index]),
  );
});

test("serialisation failures run the handler again, and nothing of a lost attempt stays", async () => {
  const id = freshId();
  const { get, call, events } = await bench();
  await get(purses.open, { id, by: 0 });
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => call(purses.strict, { id, by: 1 })));
  const done = outcomes.filter((outcome) => outcome.ok).length;
  assert.ok(done >= 2, outcomes.map(reasonOf).join());
  for (const outcome of outcomes)
    assert.ok(outcome.ok || outcome.error.reason === "TRANSACTION_CONFLICT", reasonOf(outcome));
  assert.equal((await get<{ coins: number }>(purses.read, { id })).coins, done);
  assert.equal((await events(id)).length, done + 1);
});

test("a deadlock ends in two committed units", async () => {
  const [a, b] = [freshId(), freshId()];
  let attempts = 0;
  const { get, call } = await bench({
    async custom(ctx, id) {
      attempts++;
      const [first, second] = id === a ? [a, b] : [b, a];
      await ctx.db.execute(sql`update purses set coins = coins + 1 where id = ${first}`);
      await delay(50);
      await ctx.db.execute(sql`update purses set coins = coins + 1 where id = ${second}`);
    },
  });
  await Promise.all([get(purses.open, { id: a, by: 0 }), get(purses.open, { id: b, by: 0 })]);
  const outcomes = await Promise.all([call(purses.custom, { id: a }), call(purses.custom, { id: b })]);
  assert.deepEqual(outcomes.map(reasonOf), ["ok", "ok"]);
  assert.ok(attempts >= 3, `${attempts} attempts`);
  assert.equal((await get<{ coins: number }>(purses.read, { id: a })).coins, 2);
});

test("a statement that the handler does not await is part of the unit", async () => {
  const id = freshId();
  const { call, get } = await bench({
    async custom(ctx) {
      void purseTable.insert(ctx, { id, coins: 3 });
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id })), "ok");
  assert.equal((await get<{ coins: number }>(purses.read, { id })).coins, 3);
});

test("a deadline cancels the statement, rolls back, and the connection is good again", async () => {
  const id = freshId();
  const { call, get } = await bench({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      await ctx.db.execute(sql`select pg_sleep(30)`);
    },
  });
  const outcome = await call(purses.custom, { id }, { timeout: 100 });
  assert.equal(reasonOf(outcome), "DEADLINE_EXCEEDED");
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
  await Promise.all(Array.from({ length: 30 }, () => get(purses.open, { id: freshId() })));
});

test("a caller that goes away while the handler waits for something else leaves nothing behind", async () => {
  const id = freshId();
  const gone = new AbortController();
  const inserted = Promise.withResolvers<undefined>();
  const { call, get } = await bench({
    async custom(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 });
      inserted.resolve(undefined);
      await delay(50);
    },
  });
  const outcome = call(purses.custom, { id }, { signal: gone.signal });
  await inserted.promise;
  gone.abort();
  assert.equal(reasonOf(await outcome), "CANCELLED");
  await delay(80);
  await assert.rejects(get(purses.read, { id }), { reason: "PURSE_EMPTY" });
});

test("writing or emitting where there is no unit of work is an error at once", async () => {
  const id = freshId();
  const problems: string[] = [];
  const note = (error: unknown) => void problems.push(error instanceof Error ? error.message : "");
  const { call } = await bench({
    async look(ctx) {
      await purseTable.insert(ctx, { id, coins: 1 }).catch(note);
      await ctx.db.execute(sql`delete from purses`).catch(note);
    },
  });
  assert.equal(reasonOf(await call(purses.look, { id })), "ok");
  assert.equal(problems.length, 2);
  for (const problem of problems) assert.match(problem, /needs a unit of work/);
});

test("SQL that writes by way of reading is an error where there is no unit of work", async () => {
  const id = freshId();
  const { get, call } = await bench({
    async look(ctx) {
      await ctx.db.rows(sql`update purses set coins = 0 where id = ${id} returning id`, z.unknown());
    },
  });
  await get(purses.open, { id, by: 5 });
  const outcome = await call(purses.look, { id });
  assert.match(String(!outcome.ok && outcome.error.cause), /purses\.look can only read here/);
  assert.equal((await get<{ coins: number }>(purses.read, { id })).coins, 5);
});

test("using another context from inside a unit is an error at once, not a wait", async () => {
  let outside: Parameters<typeof purseTable.find>[0] | undefined;
  const release = Promise.withResolvers<undefined>();
  const seen = Promise.withResolvers<undefined>();
  const { call } = await bench({
    async look(ctx) {
      outside = ctx;
      seen.resolve(undefined);
      await release.promise;
    },
    async custom() {
      if (outside !== undefined) await purseTable.find(outside, "x");
    },
  });
  const looking = call(purses.look, { id: "x" });
  await seen.promise;
  const outcome = await call(purses.custom, { id: "x" });
  release.resolve(undefined);
  await looking;
  assert.ok(!outcome.ok);
  assert.match(String(outcome.error.cause), /another context from inside a unit of work/);
});

test("a context that is used after its unit has ended is an error", async () => {
  let kept: Parameters<typeof purseTable.find>[0] | undefined;
  const { call } = await bench({
    async custom(ctx) {
      kept = ctx;
    },
  });
  await call(purses.custom, { id: "x" });
  assert.ok(kept !== undefined);
  await assert.rejects(purseTable.find(kept, "x"), /has ended/);
});

test("a consistent query reads one snapshot", async () => {
  const id = freshId();
  const coins: number[] = [];
  const { call, get } = await bench({
    async look(ctx) {
      coins.push((await ctx.call(purses.read, { id })).coins);
      await get(purses.change, { id, by: 10 });
      coins.push((await ctx.call(purses.read, { id })).coins);
    },
  });
  await get(purses.open, { id, by: 1 });
  assert.equal(reasonOf(await call(purses.look, { id })), "ok");
  assert.deepEqual(coins, [1, 1]);
});

test("events of one unit are numbered in the order in which they were emitted, over several keys", async () => {
  const [a, b] = [freshId(), freshId()];
  const { call, events } = await bench({
    async custom(ctx) {
      for (const coins of [1, 2, 3]) {
        ctx.emit(PurseChanged, { id: b, coins, version: 1 });
        ctx.emit(PurseChanged, { id: a, coins, version: 1 });
      }
    },
  });
  assert.equal(reasonOf(await call(purses.custom, { id: "x" })), "ok");
  for (const id of [a, b]) {
    assert.deepEqual(
      (await events(id)).map(({ sequence, data }) => [sequence, data.coins]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    );
  }
});

test("one insert with one event costs two round trips, a command that does nothing none", async () => {
  const { get, call } = await bench({ custom: async () => undefined });
  await get(purses.open, { id: freshId() });
  let trips = 0;
  observe = ({ kind }) => {
    if (kind === "wait") trips++;
  };
  try {
    await get(purses.open, { id: freshId() });
    assert.equal(trips, 2);
    trips = 0;
    await call(purses.custom, { id: "x" });
    assert.equal(trips, 0);
  } finally {
    observe = undefined;
  }
});
