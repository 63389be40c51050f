import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay, setImmediate as tick } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";
import { serverStream } from "../../contract/kinds/server-stream.ts";
import { service } from "../../contract/service.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { freshEmbedded } from "../../testing/fresh-embedded.ts";
import type { StreamContext } from "../context.ts";
import { implement } from "../implement.ts";
import { createPurseBench, PurseChanged, purseStream, purses } from "../service.fixture.ts";

const database = await freshEmbedded();
await migrateUp(database, undefined);
after(() => database.close());

const follows = service(
  "follows",
  { version: 1 },
  {
    coins: serverStream({
      summary: "Coins",
      http: "GET /coins/{id}",
      input: { id: z.string(), after: z.string().optional() },
      output: z.object({ cursor: z.string(), coins: z.int() }),
      access: "public",
    }),
  },
);

type Handler = (
  input: { readonly id: string; readonly after?: string | undefined },
  ctx: StreamContext<typeof follows.coins>,
) => AsyncIterable<{ cursor: string; coins: number }>;

async function bench(coins: Handler, on: Database = database) {
  const made = await createPurseBench(on, {}, [], [implement(follows, { coins })]);
  const sent: { cursor: string; coins: number }[] = [];
  // Cast: what was sent has passed the contract's schema.
  const send = (answer: unknown) => void sent.push(answer as (typeof sent)[number]);
  return { ...made, sent, send };
}

const changes: Handler = async function* ({ id, after }, ctx) {
  for await (const { cursor, data } of ctx.live(purseStream, id, { after, events: [PurseChanged] }))
    yield { cursor, coins: data.coins };
};

test("what is committed is seen by the stream that follows it, and a cancelled one lets go of it", async () => {
  const { call, get, live, sent, send } = await bench(changes);
  const gone = new AbortController();
  const running = call(follows.coins, { id: "a", after: "0" }, { send, signal: gone.signal });
  const { coins } = await get<{ coins: number }>(purses.open, { id: "a" });
  await get(purses.change, { id: "a", by: 5 });
  while (sent.length < 2) await tick();
  assert.deepEqual(sent, [
    { cursor: "1", coins },
    { cursor: "2", coins: coins + 5 },
  ]);
  assert.equal(live.stats.subscribers, 1);
  gone.abort();
  assert.equal((await running).ok, false);
  assert.deepEqual([live.stats.subscribers, live.stats.keys], [0, 0]);
});

test("a handler that throws, or ends, before it reads what it follows leaves nothing behind", async () => {
  for (const fails of [true, false]) {
    const { call, live, send } = await bench(async function* ({ id }, ctx) {
      ctx.live(purseStream, id);
      const other = ctx.live(purseStream, "other", { events: [PurseChanged] });
      await other.ready;
      assert.equal(live.stats.subscribers, 2);
      if (fails) throw new Error("broken");
      yield { cursor: "", coins: 0 };
    });
    assert.equal((await call(follows.coins, { id: "b" }, { send })).ok, !fails);
    assert.deepEqual([live.stats.subscribers, live.stats.keys], [0, 0]);
  }
});

test("a handler sees what it does itself, though it did not wait until it was settled where following begins", async () => {
  const slow: Database = {
    ...{ features: database.features, locks: database.locks, wakeups: database.wakeups },
    async query(statement, limits) {
      if (statement.name?.startsWith("trivium_live")) await delay(50);
      return database.query(statement, limits);
    },
    begin: (options) => database.begin(options),
    settle: (backend, evidence, limits) => database.settle(backend, evidence, limits),
    close: () => database.close(),
  };
  const { call, sent, send } = await bench(async function* ({ id }, ctx) {
    const followed = ctx.live(purseStream, id, { events: [PurseChanged] });
    await ctx.call(purses.open, { id });
    await ctx.call(purses.change, { id, by: 5 });
    for await (const { cursor, data } of followed) {
      yield { cursor, coins: data.coins };
      if (cursor === "2") return;
    }
  }, slow);
  const outcome = await call(follows.coins, { id: "own" }, { send, timeout: 5_000 });
  assert.deepEqual([outcome.ok, sent.map(({ cursor }) => cursor)], [true, ["1", "2"]]);
});

test("what is left amid a long stream is not kept until its end, and after the end nothing can be followed", async () => {
  setFlagsFromString("--expose-gc");
  const gone: WeakRef<object>[] = [];
  let late: (() => unknown) | undefined;
  const { call, live, send } = await bench(async function* ({ id }, ctx) {
    for (let n = 0; n < 200; n++) {
      const followed = ctx.live(purseStream, id);
      await followed.return?.();
      gone.push(new WeakRef(followed));
    }
    ctx.live(purseStream, id);
    await tick();
    runInNewContext("gc")();
    const kept = gone.filter((ref) => ref.deref() !== undefined).length;
    assert.ok(kept < 10, `${kept} of 200 are kept`);
    late = () => ctx.live(purseStream, id);
    yield { cursor: "", coins: 0 };
  });
  const outcome = await call(follows.coins, { id: "c" }, { send });
  assert.ok(outcome.ok, String(!outcome.ok && outcome.error.cause));
  assert.throws(() => late?.(), /has ended/);
  assert.equal(live.stats.subscribers, 0);
});
