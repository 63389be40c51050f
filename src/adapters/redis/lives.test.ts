import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { fenceLife, type Store, StoreUnavailable } from "../../store/store.ts";
import { until } from "../../testing/events/event-fixtures.ts";
import type { OwnRedis } from "../../testing/redis/start-redis.ts";
import { keep, keepUnder, leaseOf, said } from "../../testing/store/store-steps.ts";
import { passTime } from "./aged-data.fixture.ts";
import { command, newPrefix, openFor, testOnServer, withClient } from "./redis-server.fixture.ts";

const limits = [{ key: "k", interval: 1e9, burst: 3 }];

async function opened(redis: OwnRedis, context: TestContext) {
  const prefix = newPrefix();
  const store = await openFor(context, { url: redis.url, prefix });
  const advance = (millis: number) => withClient(redis.url, (client) => passTime(client, prefix, millis));
  return { store, prefix, advance };
}

/** The life that begins here is closed until every fence that may have been lost is over; then it is open, and empty. */
async function beginsClosed(store: Store, advance: (millis: number) => Promise<void>): Promise<void> {
  assert.equal(await said(store, "k"), "closed");
  await advance(fenceLife);
  assert.equal(await said(store, "k"), "closed", "a second more, for the clocks");
  await advance(1_000);
  assert.equal(await said(store, "k"), "miss");
  assert.equal(await keep(store, "k", ["t"]), true);
  assert.equal(await said(store, "k"), "hit k");
}

async function admitted(store: Store): Promise<boolean> {
  return (await store.ask({ limits, entry: undefined })).limits[0]?.admitted === true;
}

async function restart(redis: OwnRedis, store: Store): Promise<void> {
  await redis.kill();
  await until("the loss is noticed", () => !store.isReachable);
  await assert.rejects(async () => store.ask({ limits, entry: "k" }), StoreUnavailable);
  await redis.start();
  await until("it is back", () => store.isReachable);
}

testOnServer("a store that nobody can have used begins open; any other one closed", async (redis, context) => {
  const first = await opened(redis, context);
  assert.equal(await said(first.store, "k"), "miss");
  assert.equal(await admitted(first.store), true);
  const prefix = newPrefix();
  const store = await openFor(context, { url: redis.url, prefix, firstEver: false });
  assert.equal(await admitted(store), false, "buckets begin as if emptied");
  await beginsClosed(store, (millis) => withClient(redis.url, (client) => passTime(client, prefix, millis)));
});

testOnServer("to say that it is the first ever changes nothing in a store that is there", async (redis, context) => {
  const { store, prefix } = await opened(redis, context);
  assert.equal(await keep(store, "k", ["t"]), true);
  await store.seal();
  const other = await openFor(context, { url: redis.url, prefix, firstEver: true });
  assert.equal(await said(other, "k"), "closed");
});

testOnServer("FLUSHALL begins a new life: closed, then empty; no bucket is full again", async (redis, context) => {
  const { store, advance } = await opened(redis, context);
  const lease = await leaseOf(store, "other");
  assert.equal(await keep(store, "k", ["t"]), true);
  assert.deepEqual([await admitted(store), await admitted(store), await admitted(store)], [true, true, true]);
  await store.fence("writer", ["t"]);
  await command(redis.url, "FLUSHALL");
  assert.equal(await keepUnder(lease, store, "other", []), false);
  assert.equal(await admitted(store), false);
  await beginsClosed(store, advance);
  assert.equal(await keepUnder(lease, store, "other", []), false, "a lease of the life before");
  await advance(1e6 - fenceLife - 10_000);
  assert.equal(await admitted(store), false, "an interval is not over");
  await advance(10_000);
  assert.deepEqual([await admitted(store), await admitted(store)], [true, false], "it is, once");
});

testOnServer("a new life begins with whatever comes first: a fence stands in it", async (redis, context) => {
  const { store, advance } = await opened(redis, context);
  await command(redis.url, "FLUSHALL");
  await store.fence("writer", ["t"]);
  await advance(fenceLife - 1_000);
  await store.fence("writer", ["t"]);
  await advance(3_000);
  assert.equal(await keep(store, "k", ["t"]), false);
  await store.unfence("writer", ["t"]);
  assert.equal(await keep(store, "k", ["t"]), true);
});

testOnServer("a server that comes back empty begins a new life", async (redis, context) => {
  const { store, advance } = await opened(redis, context);
  assert.equal(await keep(store, "k", ["t"]), true);
  assert.equal(await admitted(store), true);
  await restart(redis, store);
  assert.equal(await admitted(store), false);
  await beginsClosed(store, advance);
});

testOnServer("a server that comes back with what it knew long ago begins a new life", async (redis, context) => {
  const { store, advance } = await opened(redis, context);
  assert.equal(await keep(store, "k", ["t"]), true);
  const lease = await leaseOf(store, "other");
  await command(redis.url, "SAVE");
  await store.fence("writer", ["t"]);
  for (let n = 0; n < 3; n++) assert.equal(await admitted(store), true);
  await restart(redis, store);
  assert.equal(await admitted(store), false, "what was charged since then is not given again");
  assert.equal(await said(store, "k"), "closed", "the fence is lost, its writer may commit");
  assert.equal(await keepUnder(lease, store, "other", ["t"]), false);
  await advance(fenceLife + 1_000);
  assert.equal(await said(store, "k"), "miss", "and the entry of before is gone");
  assert.equal(await keepUnder(lease, store, "other", ["t"]), false);
  assert.equal(await keep(store, "k", ["t"]), true);
});

testOnServer("a bucket charged before the last save is not fuller for a restart", async (redis, context) => {
  const { store } = await opened(redis, context);
  assert.equal(await admitted(store), true);
  await command(redis.url, "SAVE");
  assert.deepEqual([await admitted(store), await admitted(store)], [true, true]);
  await restart(redis, store);
  assert.equal(await admitted(store), false);
});

testOnServer("a seal outlasts a restart with the data", async (redis, context) => {
  const { store, advance } = await opened(redis, context);
  await store.seal();
  await command(redis.url, "SAVE");
  await restart(redis, store);
  assert.equal(await said(store, "k"), "closed");
  await advance(fenceLife + 1_000);
  assert.equal(await said(store, "k"), "closed");
  await store.renew();
  assert.equal(await said(store, "k"), "miss");
});

testOnServer(
  "a state that is lost alone begins a new life, in which what is left of the old one counts for nothing",
  async (redis, context) => {
    const { store, prefix, advance } = await opened(redis, context);
    for (let n = 0; n < 20; n++) await store.unfence("writer", ["t"]);
    assert.equal(await keep(store, "old", ["t"]), true);
    await command(redis.url, "DEL", `${prefix}s`);
    await beginsClosed(store, advance);
    assert.equal(await said(store, "old"), "miss");
  },
);
