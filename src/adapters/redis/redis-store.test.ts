import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startRedis, withoutRedis } from "../../testing/redis/start-redis.ts";
import { keep, said } from "../../testing/store/store-steps.ts";
import { storeSuite } from "../../testing/store-suite.ts";
import { passTime } from "./aged-data.fixture.ts";
import { clientFor, loadDriver } from "./driver.ts";
import { command, newPrefix, openFor, testOnServer } from "./redis-server.fixture.ts";
import { createRedisStore } from "./redis-store.ts";

const redis = await startRedis();
const url = redis?.url ?? "";
const skip = redis === undefined && withoutRedis;
const admin = clientFor(await loadDriver(), url || "redis://127.0.0.1", 5_000).on("error", () => {});
if (redis !== undefined) await admin.connect();
after(async () => {
  admin.destroy();
  await redis?.stop();
});

async function openSubject() {
  const options = { url, prefix: newPrefix(), commandTimeout: 5_000 };
  const store = await createRedisStore({ ...options, firstEver: true });
  const other = await createRedisStore({ ...options, firstEver: false });
  const close = async (): Promise<void> => {
    await Promise.all([store.close(), other.close()]);
    await deleteAll(options.prefix);
  };
  return { store, other, advance: (millis: number) => passTime(admin, options.prefix, millis), close };
}

async function deleteAll(prefix: string): Promise<void> {
  const text = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('DEL', key) end";
  await admin.sendCommand(["EVAL", text, "0", prefix]);
}

storeSuite({ test, skip }, openSubject);

test("over 8 connections that ask at once a limit admits its burst, exactly", { skip }, async () => {
  const prefix = newPrefix();
  const open = () => createRedisStore({ url, prefix, firstEver: true, commandTimeout: 5_000 });
  const stores = await Promise.all(Array.from({ length: 8 }, open));
  try {
    const limits = [{ key: "k", interval: 1e9, burst: 137 }];
    const asks = Array.from({ length: 1_000 }, (_, index) => stores[index % 8]?.ask({ limits, entry: undefined }));
    const answers = await Promise.all(asks);
    assert.equal(answers.filter((answer) => answer?.limits[0]?.admitted).length, 137);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await deleteAll(prefix);
  }
});

test("a limit is exact to the microsecond of the server's clock", { skip }, async () => {
  const { store, close } = await openSubject();
  try {
    const limits = [{ key: "k", interval: 20_000, burst: 2 }];
    let admitted = 0;
    const start = performance.now();
    const first = await store.ask({ limits, entry: undefined });
    const afterFirst = performance.now();
    assert.equal(first.limits[0]?.resetAfter, 20_000);
    admitted++;
    while (performance.now() - start < 400) {
      const [state] = (await store.ask({ limits, entry: undefined })).limits;
      if (state?.admitted) admitted++;
    }
    const least = 2 + Math.floor((400 - (afterFirst - start)) / 20) - 1;
    const most = 2 + Math.floor((performance.now() - start) / 20);
    assert.ok(admitted >= least && admitted <= most, `${admitted} of ${least} to ${most}`);
  } finally {
    await close();
  }
});

testOnServer("reading writes nothing to the append-only file", async ({ url: own }, context) => {
  const store = await openFor(context, { url: own });
  assert.equal(await keep(store, "k", ["a", "b"]), true);
  const before = await changesOf(own);
  for (let n = 0; n < 50; n++) assert.deepEqual([await said(store, "k"), await said(store, "none")], ["hit k", "miss"]);
  assert.equal(await changesOf(own), before);
  await store.fence("writer", ["a"]);
  assert.notEqual(await changesOf(own), before, "the count counts");
});

/** Changes to the data since it was last saved: what goes to the append-only file and to replicas. */
async function changesOf(server: string): Promise<string | undefined> {
  return /rdb_changes_since_last_save:(\d+)/.exec(String(await command(server, "INFO", "persistence")))?.[1];
}
