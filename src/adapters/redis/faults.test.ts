import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type Store, StoreUnavailable } from "../../store/store.ts";
import { until } from "../../testing/events/event-fixtures.ts";
import { TcpProxy } from "../../testing/postgres/tcp-proxy.ts";
import { withoutRedis } from "../../testing/redis/start-redis.ts";
import { keep, said } from "../../testing/store/store-steps.ts";
import { command, newPrefix, openFor, testOnServer } from "./redis-server.fixture.ts";

/** Milliseconds. */
const commandTimeout = 300;
const nothing = { limits: [], entry: "k" };

/** How long a call took that was refused as it should be. */
async function refusedAfter(call: () => unknown): Promise<number> {
  const start = performance.now();
  await assert.rejects(async () => call(), StoreUnavailable);
  return performance.now() - start;
}

async function proxyFor(context: TestContext, url: string): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(url);
  context.after(() => proxy.close());
  return proxy;
}

/** Every method of the port that needs the server, at once. */
function everyMethod(store: Store): (() => unknown)[] {
  const lease = { clock: 1, boot: "x" };
  return [
    () => store.ask({ limits: [{ key: "k", interval: 1, burst: 1 }], entry: "k" }),
    () => store.fill({ key: "k", lease, tags: ["t"], body: Buffer.from("x"), ttl: 1_000 }),
    () => store.fence("writer", ["t"]),
    () => store.unfence("writer", ["t"]),
    () => store.seal(),
    () => store.renew(),
    () => store.forget(),
  ];
}

testOnServer("a silent server: calls fail in time, then at once, until it is heard again", async (redis, context) => {
  const store = await openFor(context, { url: redis.url, commandTimeout });
  assert.equal(await said(store, "k"), "miss");
  redis.pause();
  const first = await Promise.all(everyMethod(store).map(refusedAfter));
  for (const took of first) assert.ok(took < commandTimeout + 200, `${took} ms`);
  assert.equal(store.isReachable, false);
  const later = await Promise.all(everyMethod(store).map(refusedAfter));
  assert.ok(later.filter((took) => took > commandTimeout / 2).length <= 1, "one asks, the others are refused at once");
  redis.resume();
  const start = performance.now();
  await until("it answers", async () => {
    return store.isReachable && (await said(store, "k").catch(() => undefined)) === "miss";
  });
  assert.ok(performance.now() - start < 2_000);
});

testOnServer("a process that was busy itself does not take the server for silent", async (redis, context) => {
  const store = await openFor(context, { url: redis.url, commandTimeout });
  for (const turns of [0, 1, 2, 3]) {
    const asked = Array.from({ length: 5 }, () => said(store, "k"));
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    const end = performance.now() + commandTimeout + 100;
    while (performance.now() < end) {}
    assert.deepEqual(new Set(await Promise.all(asked)), new Set(["miss"]));
    assert.equal(store.isReachable, true);
  }
});

testOnServer("a long silence is survived as well", async (redis, context) => {
  const store = await openFor(context, { url: redis.url, commandTimeout: 100 });
  redis.pause();
  const end = performance.now() + 3_500;
  while (performance.now() < end) {
    await assert.rejects(async () => store.ask(nothing), StoreUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  redis.resume();
  const start = performance.now();
  await until("it answers", async () => (await said(store, "k").catch(() => undefined)) === "miss");
  assert.ok(performance.now() - start < 2_500, `${performance.now() - start} ms`);
});

testOnServer("a connection whose packets are lost is replaced", async (redis, context) => {
  const proxy = await proxyFor(context, redis.url);
  const store = await openFor(context, { url: proxy.through(redis.url), commandTimeout: 100 });
  proxy.silenceOpen();
  const start = performance.now();
  await until("it answers", async () => (await said(store, "k").catch(() => undefined)) === "miss");
  assert.ok(performance.now() - start < 5_000, `${performance.now() - start} ms`);
});

for (const when of ["before", "during", "after"] as const)
  testOnServer(
    `a connection that is cut ${when} a command: it fails at once, and later ones work`,
    async (redis, context) => {
      const proxy = await proxyFor(context, redis.url);
      const store = await openFor(context, { url: proxy.through(redis.url), commandTimeout: 2_000 });
      await store.fence("known", ["other"]); // so that its script is
      assert.equal(await keep(store, "k", ["t"]), true);
      const cut = proxy.cutOn({ on: "mark-of-the-cut", when });
      const took = await Promise.all([
        refusedAfter(() => store.fence("mark-of-the-cut", ["t"])),
        refusedAfter(() => store.ask(nothing)),
      ]);
      await cut;
      for (const millis of took) assert.ok(millis < 1_000, `${millis} ms`);
      await until("it answers", async () => (await said(store, "other").catch(() => undefined)) === "miss");
      const isFenced = (await said(store, "k")) !== "hit k";
      assert.equal(isFenced, when === "after", "a command that was lost is not sent again");
    },
  );

testOnServer("no command is carried over to the server that comes next", async (redis, context) => {
  const proxy = await proxyFor(context, redis.url);
  const prefix = newPrefix();
  const store = await openFor(context, { url: proxy.through(redis.url), prefix, commandTimeout: 2_000 });
  proxy.pause();
  const lost = Promise.all(everyMethod(store).slice(0, 4).map(refusedAfter));
  await redis.kill();
  proxy.cutAll();
  proxy.resume();
  await lost;
  await redis.start();
  await until("it is back", () => store.isReachable);
  assert.deepEqual(await command(redis.url, "KEYS", `${prefix}*`), [], "nothing has run there");
});

testOnServer("a server that forgets its scripts is told them again", async (redis, context) => {
  const store = await openFor(context, { url: redis.url });
  assert.equal(await keep(store, "k", ["t"]), true);
  await command(redis.url, "SCRIPT", "FLUSH");
  const asked = await Promise.all(Array.from({ length: 20 }, () => said(store, "k")));
  assert.deepEqual(new Set(asked), new Set(["hit k"]));
  const calls = () =>
    command(redis.url, "INFO", "commandstats").then((text) => /cmdstat_eval:calls=(\d+)/.exec(String(text))?.[1]);
  const before = await calls();
  await said(store, "k");
  assert.equal(await calls(), before, "once is enough");
});

testOnServer("a right that is taken away is a store out of reach, and nothing else", async (redis, context) => {
  await command(redis.url, "ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all");
  const store = await openFor(context, { url: redis.url.replace("//", "//limited:pw@") });
  assert.equal(await keep(store, "k", ["t"]), true);
  await command(redis.url, "ACL", "SETUSER", "limited", "-@all");
  for (const call of everyMethod(store)) await refusedAfter(call);
  await command(redis.url, "ACL", "SETUSER", "limited", "+@all");
  await until("it answers", async () => (await said(store, "k").catch(() => undefined)) === "hit k");
});

testOnServer("a server without memory left refuses writes; reads go on", async (redis, context) => {
  const store = await openFor(context, { url: redis.url });
  assert.equal(await keep(store, "k", ["t"]), true);
  await command(redis.url, "CONFIG", "SET", "maxmemory", "1");
  await refusedAfter(() => store.fence("writer", ["t"]));
  await command(redis.url, "CONFIG", "SET", "maxmemory", "0");
  await store.fence("writer", ["t"]);
  assert.equal(await said(store, "k"), "fenced");
});

testOnServer("a primary that becomes a replica is out of reach until it is one again", async (redis, context) => {
  const store = await openFor(context, { url: redis.url });
  await command(redis.url, "REPLICAOF", "127.0.0.1", "1");
  await refusedAfter(() => store.fence("writer", ["t"]));
  await until("it is given up", () => !store.isReachable);
  await command(redis.url, "REPLICAOF", "NO", "ONE");
  await until("it is back", () => store.isReachable);
  await store.fence("writer", ["t"]);
});

test("after close calls are refused", async (context) => {
  const { startOwnRedis } = await import("../../testing/redis/start-redis.ts");
  const redis = await startOwnRedis();
  if (redis === undefined) return context.skip(withoutRedis);
  const store = await openFor(context, { url: redis.url });
  const open = everyMethod(store).slice(0, 3).map(refusedAfter);
  await store.close();
  for (const took of await Promise.all(open)) assert.ok(took < 400, `${took} ms`);
  for (const call of everyMethod(store)) await refusedAfter(call);
  await store.close();
  await redis.stop();
});

const program = (event: string) => `
  import { createRedisStore } from ${JSON.stringify(new URL("redis-store.ts", import.meta.url).href)};
  process.on("unhandledRejection", (error) => { console.log("unhandled", error); process.exit(9); });
  const store = await createRedisStore({ url: process.argv[1], prefix: "p:", firstEver: true, commandTimeout: 200 });
  process.stdout.write("open\\n");
  ${event}
  await store.close();
  process.stdout.write("closed\\n");
`;

const events = {
  "in use": `await store.fence("a", ["t"]); void Promise.resolve(store.ask({ limits: [], entry: "k" })).catch(() => {});`,
  "while it is away": `
    process.kill(Number(process.argv[2]), "SIGKILL");
    for (let n = 0; n < 20; n++) {
      await Promise.resolve(store.ask({ limits: [], entry: "k" })).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }`,
  "while it is silent": `
    process.kill(Number(process.argv[2]), "SIGSTOP");
    await Promise.all([1, 2, 3, 4].map(() => Promise.resolve(store.ask({ limits: [], entry: "k" })).catch(() => {})));`,
};

for (const [when, event] of Object.entries(events))
  testOnServer(`a process that closes its store ${when} ends by itself`, async ({ url }) => {
    const info = String(await command(url, "INFO", "server"));
    const pid = /process_id:(\d+)/.exec(info)?.[1] ?? "";
    const flags = ["--conditions=trivium-source", "--input-type=module", "--eval", program(event), url, pid];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 10_000 });
    assert.equal(stdout, "open\nclosed\n");
  });
