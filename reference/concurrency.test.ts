// What only shows between several connections, on a real PostgreSQL.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAppError } from "trivium";
import { createPostgresDatabase } from "trivium/postgres";
import { startPostgres, type TestApp, type TestPostgres } from "trivium/testing";
import { channels } from "./channels/contract.ts";
import { createChat, eventsOf, newChannel, newPerson } from "./chat.fixture.ts";
import { messages } from "./messages/contract.ts";
import { statistics } from "./statistics/contract.ts";

let postgres: TestPostgres;
let chat: TestApp;
before(async () => {
  postgres = await startPostgres();
  const { url } = await postgres.createDatabase();
  chat = await createChat({ open: (observe) => createPostgresDatabase({ url, max: 10, observe }) });
});
after(async () => {
  await chat?.close();
  await postgres?.stop();
});

/** How each call ended: `done`, or the reason of its failure. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((outcome) => {
    if (outcome.status === "fulfilled") return "done";
    if (isAppError(outcome.reason)) return outcome.reason.reason;
    throw outcome.reason;
  });
}

const types = async (channelId: string) => (await eventsOf(chat, "channel", channelId)).map(({ type }) => type);

test("nothing is posted, edited or joined after a channel was archived, however close they come", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  for (let round = 0; round < 25; round++) {
    const { id: channelId } = await newChannel(chat, ann);
    const { id } = await chat.call(messages.post, { channelId, body: "x" }, ann);
    const [archival, ...ended] = await outcomes([
      chat.call(channels.archive, { id: channelId }, ann),
      chat.call(messages.edit, { id, version: 1, body: "y" }, ann),
      chat.call(channels.join, { channelId }, bob),
      ...Array.from({ length: 5 }, () => chat.call(messages.post, { channelId, body: "x" }, ann)),
    ]);
    assert.equal(archival, "done");
    for (const each of ended) assert.ok(each === "done" || each === "CHANNEL_ARCHIVED", each);
    assert.equal((await types(channelId)).at(-1), "channel.archived");
  }
});

test("nothing is posted or edited by who has left, however close they come", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  for (let round = 0; round < 25; round++) {
    const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
    const { id } = await chat.call(messages.post, { channelId, body: "x" }, bob);
    const [departure, ...ended] = await outcomes([
      chat.call(channels.leave, { channelId }, bob),
      chat.call(messages.edit, { id, version: 1, body: "y" }, bob),
      ...Array.from({ length: 5 }, () => chat.call(messages.post, { channelId, body: "x" }, bob)),
    ]);
    assert.equal(departure, "done");
    for (const each of ended) assert.ok(each === "done" || each === "NOT_A_MEMBER", each);
    assert.equal((await types(channelId)).at(-1), "member.left");
  }
});

test("of several at a time, one archives, one joins, one edits a version and one removes", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann);
  const { id } = await chat.call(messages.post, { channelId, body: "x" }, ann);
  const five = (call: () => Promise<unknown>) => outcomes(Array.from({ length: 5 }, call)).then((all) => all.sort());
  const once = (reason: string) => [...Array(4).fill(reason), "done"].sort();
  assert.deepEqual(await five(() => chat.call(channels.join, { channelId }, bob)), once("ALREADY_A_MEMBER"));
  assert.deepEqual(
    await five(() => chat.call(messages.edit, { id, version: 1, body: "y" }, ann)),
    once("VERSION_CONFLICT"),
  );
  assert.deepEqual(await five(() => chat.call(messages.remove, { id }, ann)), once("MESSAGE_NOT_FOUND"));
  assert.deepEqual(await five(() => chat.call(channels.leave, { channelId }, bob)), once("NOT_A_MEMBER"));
  assert.deepEqual(await five(() => chat.call(channels.archive, { id: channelId }, ann)), once("CHANNEL_ARCHIVED"));
  assert.deepEqual((await types(channelId)).slice(2), [
    "message.posted",
    "member.joined",
    "message.edited",
    "message.removed",
    "member.left",
    "channel.archived",
  ]);
});

test("a removal tells what the message was last, however close an edit came", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  for (let round = 0; round < 15; round++) {
    const { id } = await chat.call(messages.post, { channelId, body: "x" }, ann);
    const [, removal] = await outcomes([
      chat.call(messages.edit, { id, version: 1, body: "y" }, ann),
      chat.call(messages.remove, { id }, ann),
    ]);
    assert.equal(removal, "done");
    const [last, removed] = (await eventsOf(chat, "channel", channelId)).slice(-2);
    assert.deepEqual([removed?.type, removed?.data], ["message.removed", last?.data]);
  }
});

test("the statistics are exact after many have posted and removed at the same time", async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => newPerson(chat)));
  const [ann, ...others] = people;
  assert.ok(ann);
  const { id: channelId } = await newChannel(chat, ann, { members: others });
  await Promise.all(
    people.map(async (person) => {
      for (let count = 0; count < 10; count++) {
        const { id } = await chat.call(messages.post, { channelId, body: "x" }, person);
        if (count % 3 === 0) await chat.call(messages.remove, { id }, person);
      }
    }),
  );
  await chat.settle();
  const activity = await chat.call(statistics.channelActivity, { channelId }, ann);
  assert.deepEqual([activity.messages, activity.members, activity.days.at(-1)?.runningTotal], [30, 5, 30]);
});

test("posting costs three round trips on a server too", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  assert.equal(await chat.roundTrips(() => chat.call(messages.post, { channelId, body: "x" }, ann)), 3);
});
