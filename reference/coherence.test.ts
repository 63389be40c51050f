// Every cached query × every write: a read that begins after a write was acknowledged is never older than it. Each query
// is read twice before the write, so that it is answered from the cache, and once after it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAppError, sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { channels } from "./channels/contract.ts";
import { createChat, newChannel, newPerson, type Person } from "./chat.fixture.ts";
import { messages } from "./messages/contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

/** A channel of Ann's with a message of hers, Bob in it, Eve not. */
interface Scene {
  readonly ann: Person;
  readonly bob: Person;
  readonly eve: Person;
  readonly channelId: string;
  readonly messageId: string;
}

type Run = (scene: Scene) => Promise<unknown>;

const queries = {
  "channels.get": ({ channelId, bob }) => chat.call(channels.get, { id: channelId }, bob),
  "channels.get by a stranger": ({ channelId, eve }) => chat.call(channels.get, { id: channelId }, eve),
  "channels.list": ({ bob }) => chat.call(channels.list, { limit: 100 }, bob),
  "messages.get": ({ messageId, bob }) => chat.call(messages.get, { id: messageId }, bob),
  "messages.get by a stranger": ({ messageId, eve }) => chat.call(messages.get, { id: messageId }, eve),
  "messages.list": ({ channelId, bob }) => chat.call(messages.list, { channelId }, bob),
} satisfies Readonly<Record<string, Run>>;

const writes: Readonly<Record<string, Run>> = {
  "channels.create": ({ ann }) => chat.call(channels.create, { name: "another" }, ann),
  "channels.update": ({ channelId, ann }) =>
    chat.call(channels.update, { id: channelId, version: 1, name: "renamed" }, ann),
  "channels.archive": ({ channelId, ann }) => chat.call(channels.archive, { id: channelId }, ann),
  "channels.join": ({ channelId, ann, eve }) => chat.call(channels.join, { channelId, accountId: eve.id }, ann),
  "channels.leave": ({ channelId, bob }) => chat.call(channels.leave, { channelId }, bob),
  "messages.post": ({ channelId, ann }) => chat.call(messages.post, { channelId, body: "more" }, ann),
  "messages.edit": ({ messageId, ann }) => chat.call(messages.edit, { id: messageId, version: 1, body: "edited" }, ann),
  "messages.remove": ({ messageId, ann }) => chat.call(messages.remove, { id: messageId }, ann),
};

async function newScene(): Promise<Scene> {
  const [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { private: true, members: [bob] });
  const { id: messageId } = await chat.call(messages.post, { channelId, body: "first" }, ann);
  return { ann, bob, eve, channelId, messageId };
}

/** The answer, or the reason of the failure. */
async function told(query: Run, scene: Scene): Promise<unknown> {
  return query(scene).catch((error: unknown) => {
    if (isAppError(error)) return error.reason;
    throw error;
  });
}

/** What the database says, past the cache. */
async function uncached(query: Run, scene: Scene): Promise<unknown> {
  await chat.store.renew();
  return told(query, scene);
}

for (const [write, run] of Object.entries(writes)) {
  test(`after ${write} every cached query is as fresh as the database`, async () => {
    const scene = await newScene();
    for (const query of Object.values(queries)) {
      const first = await told(query, scene);
      assert.equal(await chat.roundTrips(async () => assert.deepEqual(await told(query, scene), first)), 0);
    }
    await run(scene);
    const after: unknown[] = [];
    for (const query of Object.values(queries)) after.push(await told(query, scene));
    for (const [index, [name, query]] of Object.entries(queries).entries())
      assert.deepEqual(after[index], await uncached(query, scene), name);
  });
}

test("what a write does not touch is still answered from the cache", async () => {
  const [one, other] = [await newScene(), await newScene()];
  const { "messages.get": get, "messages.list": list } = queries;
  await told(get, one);
  await told(list, one);
  await chat.call(messages.post, { channelId: other.channelId, body: "elsewhere" }, other.ann);
  await chat.call(messages.edit, { id: other.messageId, version: 1, body: "elsewhere" }, other.ann);
  assert.equal(await chat.roundTrips(() => Promise.all([told(get, one), told(list, one)])), 0);
});

test("a write by plain SQL is seen within a second", async () => {
  await chat.settle();
  const scene = await newScene();
  const { "messages.get": get } = queries;
  await told(get, scene);
  await chat.database.query(sql`select set_config('trivium.unit', '', false)`);
  await chat.database.query(sql`update messages set body = 'from outside' where id = ${scene.messageId}`);
  await chat.database.query(sql`select set_config('trivium.unit', 'on', false)`);
  const begun = Date.now();
  let body: unknown;
  while (body !== "from outside" && Date.now() - begun < 3_000)
    body = ((await told(get, scene)) as { body: string }).body;
  assert.equal(body, "from outside");
  assert.ok(Date.now() - begun < 1_000, `${Date.now() - begun} ms`);
});
