// A bump that fails after COMMIT: until it is done no process serves what was there before, whatever the writer is told.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPostgresDatabase } from "trivium/postgres";
import { createChannel, signUp } from "../kit/chat-client.ts";
import { type Bed, counted, openBed } from "./bed.ts";
import { type CallRoad, type Outcome, openCaller } from "./calls.ts";
import { noRedisServer } from "./redis-server.ts";

const hits = 'trivium_cache_reads_total{result="hit"}';

/** A message that process two has in the cache, and ways to change and to read it. */
interface Scene {
  readonly bed: Bed;
  readonly edit: (body: string, version: number) => Promise<Outcome>;
  /** Through either process. */
  readonly readBody: (process: "one" | "two") => Promise<unknown>;
  /** Runs an edit through process one that waits, with its fences set, until `meanwhile` is done; then it commits. */
  readonly editHeld: (body: string, version: number, meanwhile: () => Promise<void>) => Promise<Outcome>;
}

async function openScene(t: TestContext): Promise<Scene> {
  const bed = await openBed(t);
  const { token } = await signUp(bed.one.server.http, "ann");
  const channelId = await createChannel(bed.one.server.http, token, "refused");
  const callers = { one: openCaller(bed.one.server), two: openCaller(bed.two.server) };
  t.after(() => {
    for (const caller of Object.values(callers)) caller.close();
  });
  const posted = await callers.one.http("messages.post", { channelId, body: "first" }, token);
  assert.ok(posted.failure === undefined);
  const id = String(posted.value.id);
  const edit: Scene["edit"] = (body, version) => callers.one.http("messages.edit", { id, version, body }, token);
  const read: CallRoad = callers.two.http;
  return {
    bed,
    edit,
    async readBody(process) {
      const outcome = await (process === "two" ? read : callers.one.http)("messages.get", { id }, token);
      return outcome.failure === undefined ? outcome.value.body : outcome.failure.reason;
    },
    async editHeld(body, version, meanwhile) {
      const holder = await createPostgresDatabase({ url: bed.databaseUrl, max: 1 });
      const lock = await holder.begin({ isolation: "read committed" });
      await lock.query({ text: "select 1 from messages where id = $1 for update", values: [id] });
      const editing = edit(body, version);
      const end = Date.now() + 5_000;
      // The UPDATE waits for the lock; its fences are set beside it.
      while (!(await isFenced(bed, id))) assert.ok(Date.now() < end, "there is no fence");
      await meanwhile();
      await lock.rollback();
      await holder.close();
      return editing;
    },
  };
}

/** Whether a fence stands on a row's tag. */
async function isFenced({ redis }: Bed, id: string): Promise<boolean> {
  const [, keys] = (await redis.command("SCAN", "0", "MATCH", `*${id}*`, "COUNT", "10000")) as [string, string[]];
  for (const key of keys) if (key.includes(":t:") && String(await redis.command("GET", key)).includes("=")) return true;
  return false;
}

/** Reads until process two answers from the cache. */
async function untilHit({ bed, readBody }: Scene, body: string): Promise<void> {
  const before = await counted(bed, hits);
  const end = Date.now() + 10_000;
  while ((await counted(bed, hits)) === before) {
    assert.ok(Date.now() < end, "nothing is cached");
    assert.equal(await readBody("two"), body);
  }
}

test("a bump that is refused and allowed again in time: the write is acknowledged, and nobody reads what was before", {
  skip: noRedisServer,
}, async (t) => {
  const scene = await openScene(t);
  const { bed, editHeld, readBody } = scene;
  await untilHit(scene, "first");
  const allowedAgain = delay(2_000).then(() => bed.redis.allowScripts("one", true));
  const outcome = await editHeld("second", 1, () => bed.redis.allowScripts("one", false));
  assert.equal(outcome.failure, undefined);
  for (const process of ["two", "one"] as const) assert.equal(await readBody(process), "second");
  await allowedAgain;
  await untilHit(scene, "second");
});

test("a bump that is refused for too long: OUTCOME_UNKNOWN, and nobody reads what was before; later it is cached anew", {
  skip: noRedisServer,
}, async (t) => {
  const scene = await openScene(t);
  const { bed, edit, editHeld, readBody } = scene;
  await untilHit(scene, "first");
  const editing = editHeld("second", 1, () => bed.redis.allowScripts("one", false));
  while ((await readBody("one")) !== "second") await delay(5);
  // It is committed, and has been read: from now on it must be read by all.
  const begun = performance.now();
  let reads = 0;
  const done = editing.then((outcome) => ({ outcome, after: performance.now() - begun }));
  let ended: Awaited<typeof done> | undefined;
  void done.then((end) => {
    ended = end;
  });
  while (ended === undefined) {
    assert.equal(await readBody(reads++ % 2 === 0 ? "two" : "one"), "second");
    await delay(10);
  }
  assert.equal(ended.outcome.failure?.reason, "OUTCOME_UNKNOWN");
  assert.ok(ended.after < 6_500, `answered after ${ended.after.toFixed(0)} ms`);
  assert.deepEqual((await edit("third", 2)).failure, { code: "UNAVAILABLE", reason: "STORE_UNAVAILABLE" });
  await bed.redis.allowScripts("one", true);
  // The row that the unit left has the relay take its fence away.
  await untilHit(scene, "second");
  assert.equal((await edit("third", 2)).failure, undefined);
  assert.equal(await readBody("two"), "third");
});
