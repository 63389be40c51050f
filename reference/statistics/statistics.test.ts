import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { channels } from "../channels/contract.ts";
import { createChat, failsWith, newChannel, newPerson, type Person } from "../chat.fixture.ts";
import { messages } from "../messages/contract.ts";
import { statistics } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

const today = () => new Date().toISOString().slice(0, 10);
const post = (channelId: string, person: Person) => chat.call(messages.post, { channelId, body: "x" }, person);
const activity = async (channelId: string, person: Person) => {
  await chat.settle();
  return chat.call(statistics.channelActivity, { channelId }, person);
};

test("messages and members are counted, also back", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
  const day = today();
  const first = await post(channelId, ann);
  await post(channelId, bob);
  await post(channelId, bob);
  await chat.call(messages.edit, { id: first.id, version: 1, body: "y" }, ann);
  assert.deepEqual(await activity(channelId, ann), {
    messages: 3,
    members: 2,
    days: [{ day, messages: 3, runningTotal: 3 }],
  });
  await chat.call(messages.remove, { id: first.id }, ann);
  await chat.call(channels.leave, { channelId }, bob);
  assert.deepEqual(await activity(channelId, ann), {
    messages: 2,
    members: 1,
    days: [{ day, messages: 2, runningTotal: 2 }],
  });
});

test("each day has its messages and what had come together by then", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  await activity(channelId, ann);
  await chat.database.query(sql`insert into channel_days (channel_id, day, messages)
    values (${channelId}, '2026-01-03', 4), (${channelId}, '2026-01-01', 2), (${channelId}, '2026-01-02', 0)`);
  const { days } = await activity(channelId, ann);
  assert.deepEqual(days, [
    { day: "2026-01-01", messages: 2, runningTotal: 2 },
    { day: "2026-01-03", messages: 4, runningTotal: 6 },
  ]);
});

test("a removed message is taken from the day on which it was posted", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const { id } = await post(channelId, ann);
  const old = "2026-01-31T23:59:59.999Z";
  await activity(channelId, ann);
  await chat.database.query(sql`update messages set created_at = ${old} where id = ${id}`);
  await chat.database.query(sql`update channel_days set day = '2026-01-31' where channel_id = ${channelId}`);
  await post(channelId, ann);
  await chat.call(messages.remove, { id }, ann);
  assert.deepEqual((await activity(channelId, ann)).days, [{ day: today(), messages: 1, runningTotal: 1 }]);
});

test("a channel of which nothing was counted yet has zeros; one that cannot be seen has no statistics", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { private: true });
  await chat.settle();
  await chat.database.query(sql`delete from channel_totals where channel_id = ${channelId}`);
  assert.deepEqual(await activity(channelId, ann), { messages: 0, members: 0, days: [] });
  await assert.rejects(activity(channelId, bob), failsWith("CHANNEL_NOT_FOUND", { channelId }));
});

test("the top channels are those that one may see, the busiest first", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const open = await newChannel(chat, ann);
  const closed = await newChannel(chat, ann, { private: true });
  for (let count = 0; count < 8; count++) await post(closed.id, ann);
  for (let count = 0; count < 7; count++) await post(open.id, ann);
  await chat.settle();
  const top = async (person: Person, limit: number) =>
    (await chat.call(statistics.topChannels, { limit }, person)).items;
  assert.deepEqual(await top(ann, 2), [
    { channelId: closed.id, name: closed.name, messages: 8, members: 1 },
    { channelId: open.id, name: open.name, messages: 7, members: 1 },
  ]);
  assert.deepEqual(
    (await top(bob, 1)).map(({ channelId }) => channelId),
    [open.id],
  );
});
