import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { z } from "zod";
import { bidiStream } from "../../contract/kinds/bidi-stream.ts";
import { clientStream } from "../../contract/kinds/client-stream.ts";
import { serverStream } from "../../contract/kinds/server-stream.ts";
import { service } from "../../contract/service.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { sql } from "../../database/statement.ts";
import type { CallRequest, Outcome } from "../../pipeline/call.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import { type Handlers, implement } from "../implement.ts";
import { asUser, createPurseBench, Empty, Purse, purses, purseTable } from "../service.fixture.ts";

const database = await freshEmbedded();
await migrateUp(database, undefined);
after(() => database.close());

const N = z.object({ n: z.int() });
const flows = service(
  "flows",
  { version: 1 },
  {
    list: serverStream({ summary: "List", http: "GET /flows", input: { from: z.int() }, output: N, access: "public" }),
    take: clientStream({
      summary: "Take",
      http: "POST /flows",
      item: { id: z.string(), by: z.int() },
      output: z.object({ done: z.int(), failed: z.array(z.string()) }),
      access: "public",
      failures: [Empty],
    }),
    talk: bidiStream({ summary: "Talk", http: "GET /flows/talk", item: { n: z.int() }, output: N, access: "public" }),
  },
);

type FlowHandlers = Handlers<typeof flows>;
const idle: FlowHandlers = {
  async *list() {},
  take: async () => ({ done: 0, failed: [] }),
  async *talk() {},
};

function bench(handlers: Partial<FlowHandlers>) {
  return createPurseBench(database, {}, [], [implement(flows, { ...idle, ...handlers })]);
}

function collecting(): { sent: unknown[]; send: NonNullable<CallRequest["send"]> } {
  const sent: unknown[] = [];
  return { sent, send: (answer) => void sent.push(answer) };
}

const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.error.reason);
const iterator = <T>(values: readonly T[]): AsyncIterator<T> =>
  (async function* () {
    yield* values;
  })();

test("what a handler yields is sent in order, checked by the contract; a field that it does not name never leaves", async () => {
  const { call } = await bench({
    async *list({ from }) {
      yield { n: from, secret: "s" };
      yield { n: from + 1 };
    },
  });
  const { sent, send } = collecting();
  const outcome = await call(flows.list, { from: 1 }, { send });
  assert.deepEqual([outcome.ok, sent], [true, [{ n: 1 }, { n: 2 }]]);
});

test("an answer that breaks the contract ends the stream as INTERNAL, and the handler is left", async () => {
  let left = false;
  const { call } = await bench({
    async *list() {
      try {
        yield { n: 1 };
        yield { n: "x" as unknown as number }; // the defect that is tried
        yield { n: 2 };
      } finally {
        left = true;
      }
    },
  });
  const { sent, send } = collecting();
  assert.equal(reasonOf(await call(flows.list, { from: 1 }, { send })), "INTERNAL");
  assert.deepEqual([sent, left], [[{ n: 1 }], true]);
});

test("a handler reads without a transaction and writes by calling commands, each committed when it answers", async () => {
  const { call, get, events } = await bench({
    async take(_open, items, ctx) {
      let done = 0;
      const failed: string[] = [];
      for await (const { id, by } of items) {
        try {
          if (by < 0) throw ctx.fail(Empty);
          if ((await purseTable.find(ctx, id)) === undefined) await ctx.call(purses.open, { id });
          await ctx.call(purses.change, { id, by });
          done++;
        } catch (error) {
          failed.push((error as { reason: string }).reason);
        }
      }
      return { done, failed };
    },
  });
  const items = iterator([
    { id: "a", by: 5 },
    { id: "a", by: -100 },
    { id: "a", by: 2 },
  ]);
  const outcome = await call(flows.take, {}, { items });
  assert.deepEqual(outcome.ok && outcome.value, { done: 2, failed: ["PURSE_EMPTY"] });
  const purse = Purse.parse(await get(purses.read, { id: "a" }));
  const kept = await events("a");
  assert.equal(kept.at(-1)?.data.coins, purse.coins);
  assert.deepEqual(
    kept.map(({ sequence }) => sequence),
    kept.map((_, index) => index + 1),
  );
});

test("a command that a stream calls takes effect once for each idempotency key", async () => {
  const { call, get } = await bench({
    async take(_open, items, ctx) {
      let done = 0;
      for await (const { id, by } of items) {
        await ctx.call(purses.change, { id, by }, { idempotencyKey: `${ctx.request.idempotencyKey}:${done}` });
        done++;
      }
      return { done, failed: [] };
    },
  });
  await get(purses.open, { id: "b" });
  const before = Purse.parse(await get(purses.read, { id: "b" }));
  for (let round = 0; round < 2; round++) {
    const items = iterator([
      { id: "b", by: 5 },
      { id: "b", by: 7 },
    ]);
    assert.equal(reasonOf(await call(flows.take, {}, { items, ...asUser("ann", "import-1") })), "ok");
  }
  assert.equal(Purse.parse(await get(purses.read, { id: "b" })).coins, before.coins + 12);
});

test("a cancelled stream's generator is left, also while it waits, and its statements are cancelled", async () => {
  const left = Promise.withResolvers<void>();
  const gone = new AbortController();
  const { call } = await bench({
    async *talk(_open, items) {
      try {
        for await (const { n } of items) yield { n };
      } finally {
        left.resolve();
      }
    },
  });
  const { sent, send } = collecting();
  const items: AsyncIterator<unknown> = {
    next: () => (sent.length === 0 ? Promise.resolve({ done: false, value: { n: 1 } }) : new Promise(() => undefined)),
  };
  const running = call(flows.talk, {}, { items, send, signal: gone.signal });
  while (sent.length === 0) await tick();
  gone.abort();
  assert.equal(reasonOf(await running), "CANCELLED");
  await left.promise;
});

test("an iterable whose return throws harms nobody when the call is cancelled", async () => {
  const gone = new AbortController();
  const { call } = await bench({
    list: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return() {
          throw new Error("not now");
        },
      }),
    }),
  });
  const running = call(flows.list, { from: 1 }, { send: () => undefined, signal: gone.signal });
  await tick();
  gone.abort();
  assert.equal(reasonOf(await running), "CANCELLED");
  await tick();
});

test("a road that refuses an answer ends the stream", async () => {
  let yielded = 0;
  const { call } = await bench({
    async *list() {
      for (;;) yield { n: ++yielded };
    },
  });
  const outcome = await call(flows.list, { from: 1 }, { send: () => Promise.reject(new Error("the client is gone")) });
  assert.deepEqual([reasonOf(outcome), yielded], ["INTERNAL", 1]);
});

test("a stream's handler cannot emit or write by itself", async () => {
  const { call } = await bench({
    async *list({ from }, ctx) {
      if (from === 0) await purseTable.insert(ctx, { id: "c", coins: 1 });
      else await ctx.db.execute(sql`update purses set coins = 1`);
      yield { n: from };
    },
  });
  for (const from of [0, 1]) {
    const { sent, send } = collecting();
    assert.equal(reasonOf(await call(flows.list, { from }, { send })), "INTERNAL");
    assert.deepEqual(sent, []);
  }
});
