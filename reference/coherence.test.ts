// Every cached query × every write: a read that begins after a write was acknowledged is never older than it. Each query
// is read twice before the write, so that it is answered from the cache, and once after it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { createChat } from "./chat.fixture.ts";
import { newScene, queries, type Run, type Scene, told, writes } from "./coherence.fixture.ts";
import { messages } from "./messages/contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

/** What the database says, past the cache. */
async function uncached(query: Run, scene: Scene): Promise<unknown> {
  await chat.store.renew();
  return told(query, chat, scene);
}

for (const [write, run] of Object.entries(writes)) {
  test(`after ${write} every cached query is as fresh as the database`, async () => {
    const scene = await newScene(chat);
    for (const query of Object.values(queries)) {
      const first = await told(query, chat, scene);
      assert.equal(await chat.roundTrips(async () => assert.deepEqual(await told(query, chat, scene), first)), 0);
    }
    await run(chat, scene);
    const after: unknown[] = [];
    for (const query of Object.values(queries)) after.push(await told(query, chat, scene));
    for (const [index, [name, query]] of Object.entries(queries).entries())
      assert.deepEqual(after[index], await uncached(query, scene), name);
  });
}

test("what a write does not touch is still answered from the cache", async () => {
  const [one, other] = [await newScene(chat), await newScene(chat)];
  const { "messages.get": get, "messages.list": list } = queries;
  await told(get, chat, one);
  await told(list, chat, one);
  await chat.call(messages.post, { channelId: other.channelId, body: "elsewhere" }, other.ann);
  await chat.call(messages.edit, { id: other.messageId, version: 1, body: "elsewhere" }, other.ann);
  assert.equal(await chat.roundTrips(() => Promise.all([told(get, chat, one), told(list, chat, one)])), 0);
});

test("a write by plain SQL is seen within a second", async () => {
  await chat.settle();
  const scene = await newScene(chat);
  const { "messages.get": get } = queries;
  await told(get, chat, scene);
  await chat.database.query(sql`select set_config('trivium.unit', '', false)`);
  await chat.database.query(sql`update messages set body = 'from outside' where id = ${scene.messageId}`);
  await chat.database.query(sql`select set_config('trivium.unit', 'on', false)`);
  const begun = Date.now();
  let body: unknown;
  while (body !== "from outside" && Date.now() - begun < 3_000)
    body = ((await told(get, chat, scene)) as { body: string }).body;
  assert.equal(body, "from outside");
  assert.ok(Date.now() - begun < 1_000, `${Date.now() - begun} ms`);
});
