import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { accounts } from "../accounts/contract.ts";
import { channels } from "../channels/contract.ts";
import { createChat } from "../chat.fixture.ts";
import { messages } from "../messages/contract.ts";
import { statistics } from "../statistics/contract.ts";
import { seed, seedPassword } from "./seed.ts";
import { createWorld } from "./world.ts";

const size = { messages: 6_000, seed: 7 };
const email = "person1@seed7.example";

let chat: TestApp;
before(async () => {
  chat = await createChat();
  assert.equal(await seed(chat.database, size), size.messages);
});
after(() => chat.close());

async function firstPerson() {
  const { rows } = await chat.database.query(sql`select id from accounts where email = ${email}`);
  return { id: String(rows[0]?.id) };
}

test("the same seed makes the same world, another one another", () => {
  const all = (seed: number) => {
    const { messages, ...rest } = createWorld({ ...size, seed });
    return { ...rest, messages: [...messages()] };
  };
  assert.deepEqual(all(7), all(7));
  const ids = new Set([...all(7).messages, ...all(8).messages].map(({ id }) => id));
  assert.equal(ids.size, 2 * size.messages);
});

test("a second run adds nothing, and another seed stands beside it", async () => {
  assert.equal(await seed(chat.database, size), 0);
  assert.equal(await seed(chat.database, { messages: 100, seed: 8 }), 100);
});

test("the service serves it: accounts sign in, channels are read and searched, statistics agree", async () => {
  await chat.call(accounts.signIn, { email, password: seedPassword });
  const person = await firstPerson();
  const me = await chat.call(accounts.me, {}, person);
  assert.deepEqual([me.displayName, me.roles], ["Ann 1", []]);
  const { items } = await chat.call(channels.list, { limit: 100 }, person);
  const channel = items.find(({ ownerId }) => ownerId === person.id);
  assert.ok(channel !== undefined);
  const channelId = channel.id;
  const listed = await chat.call(messages.list, { channelId, limit: 1 }, person);
  const [message] = listed.items;
  assert.ok(message !== undefined);
  const [word = ""] = message.body.split(" ");
  assert.ok((await chat.call(messages.search, { q: word, channelId }, person)).items.length > 0);
  const { rows } = await chat.database.query(
    sql`select count(*)::integer as count from messages where channel_id = ${channelId}`,
  );
  const activity = await chat.call(statistics.channelActivity, { channelId }, person);
  assert.equal(activity.messages, rows[0]?.count);
  assert.equal(activity.days.at(-1)?.runningTotal, rows[0]?.count);
});
