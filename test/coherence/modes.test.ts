// What the configuration makes of cache and limits, on real servers; and starts that cannot succeed.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import chat from "../../reference/app.ts";
import { newScene, queries, told, writes } from "../../reference/coherence.fixture.ts";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { ask, createChannel, signUp } from "../kit/chat-client.ts";
import { freshPlace, runChat, startChat } from "../kit/chat-server.ts";
import { freePorts } from "../tour/free-ports.ts";
import { counted, openBed } from "./bed.ts";
import { noRedisServer, RedisServer } from "./redis-server.ts";
import { appHomeFor } from "./test-apps.ts";

/** A start that must fail. */
interface Start {
  readonly redisUrl: string;
  /** Whether there is a DATABASE_URL; there is by default. */
  readonly database?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** What it prints on stderr before it ends by itself with exit code 1. */
async function failedStart(t: TestContext, { redisUrl, database = true, env = {} }: Start): Promise<string> {
  const postgres = await startPostgres();
  const home = await postgres.createDatabase();
  const place = await freshPlace(database ? home.url : undefined);
  t.after(async () => {
    await place.remove();
    await home.drop();
    await postgres.stop();
  });
  const begun = performance.now();
  const run = await runChat({ ...place, env: { ...place.env, REDIS_URL: redisUrl, ...env } }, ["start"]);
  assert.deepEqual([run.code, run.stdout.includes("is ready")], [1, false], run.stdout + run.stderr);
  assert.ok(performance.now() - begun < 15_000);
  assert.doesNotMatch(run.stderr, /^\s+at /m);
  return run.stderr;
}

test("a Redis that cannot be reached is told with its variable and its mend", async (t) => {
  const [port = 0] = await freePorts(1);
  const text = await failedStart(t, { redisUrl: `redis://:secret@127.0.0.1:${port}` });
  assert.match(
    text,
    new RegExp(`REDIS_URL: 127\\.0\\.0\\.1:${port} cannot be reached \\(.*ECONNREFUSED.*\\): start the server`),
  );
  assert.doesNotMatch(text, /secret/);
});

test("a Redis that refuses: the password, none at all, an eviction policy, a replica", {
  skip: noRedisServer,
}, async (t) => {
  const redis = await RedisServer.start();
  t.after(() => redis.stop());
  const { host } = new URL(redis.url());
  const wrong = await failedStart(t, { redisUrl: `redis://one:hush-hush@${host}` });
  assert.match(wrong, /REDIS_URL: .* refuses the user or the password: correct them/);
  assert.doesNotMatch(wrong, /hush/);
  await redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  assert.match(
    await failedStart(t, { redisUrl: redis.url() }),
    /REDIS_URL: .* allkeys-lru.*CONFIG SET maxmemory-policy noeviction/,
  );
  await redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
  await redis.command("REPLICAOF", "127.0.0.1", "1");
  assert.match(await failedStart(t, { redisUrl: redis.url() }), /REDIS_URL: the server is a replica/);
  await redis.command("REPLICAOF", "NO", "ONE");
  await redis.command("ACL", "SETUSER", "default", "off");
  assert.match(await failedStart(t, { redisUrl: redis.url() }), /REDIS_URL: .* asks for a password/);
});

test("a missing package is told with how to install it", async (t) => {
  const fixture = new URL("./no-redis-package.fixture.ts", import.meta.url);
  const env = { NODE_OPTIONS: `--import=${fixture}` };
  const text = await failedStart(t, { redisUrl: "redis://127.0.0.1:1", env });
  assert.match(text, /REDIS_URL .* `@redis\/client` is missing: run `npm install @redis\/client`/);
});

test("a REDIS_URL without a DATABASE_URL: said before anything is opened", async (t) => {
  assert.match(await failedStart(t, { redisUrl: "redis://127.0.0.1:1", database: false }), /REDIS_URL.*DATABASE_URL/s);
});

test("CACHE=off keeps and serves nothing, and ends what others keep", { skip: noRedisServer }, async (t) => {
  const home = await appHomeFor(t);
  const [on, off] = [await home.open(chat), await home.open(chat, "off")];
  const scene = await newScene(on);
  const get = queries["messages.get"];
  for (let time = 0; time < 3; time++) assert.equal(((await told(get, on, scene)) as { body: string }).body, "first");
  assert.equal(await on.roundTrips(() => told(get, on, scene)), 0);
  assert.ok((await off.roundTrips(() => told(get, off, scene))) > 0);
  await writes["messages.edit"]?.(off, scene);
  for (const app of [on, off]) assert.equal(((await told(get, app, scene)) as { body: string }).body, "edited");
});

test("what a process without REDIS_URL writes is seen by one that caches within a second", {
  skip: noRedisServer,
}, async (t) => {
  const bed = await openBed(t);
  const place = await freshPlace(bed.databaseUrl);
  t.after(() => place.remove());
  const without = await startChat(place);
  t.after(() => without.kill());
  const { http } = bed.one.server;
  const { token } = await signUp(http, "ann");
  const channelId = await createChannel(http, token, "seen");
  const posted = await ask<{ id: string }>(`${http}/v1/channels/${channelId}/messages`, { token, body: { body: "0" } });
  const path = `/v1/messages/${posted.body.id}`;
  const bodyAt = async (base: string) => (await ask<{ body: string }>(`${base}${path}`, { token })).body.body;
  for (let version = 1; version <= 3; version++) {
    for (let time = 0; time < 3; time++) assert.equal(await bodyAt(http), `${version - 1}`);
    const body = { version, body: `${version}` };
    assert.equal((await ask(`${without.http}${path}`, { token, method: "PATCH", body })).status, 200);
    const begun = performance.now();
    assert.equal(await bodyAt(without.http), `${version}`, "its own reads are not cached");
    while ((await bodyAt(http)) !== `${version}`) assert.ok(performance.now() - begun < 1_000);
  }
  assert.ok((await counted(bed, 'trivium_cache_reads_total{result="hit"}')) > 3);
});
