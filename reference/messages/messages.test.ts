import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { TestApp } from "trivium/testing";
import { channels } from "../channels/contract.ts";
import { createChat, eventsOf, failsWith, newChannel, newPerson } from "../chat.fixture.ts";
import { messages } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

const posted = async (channelId: string) =>
  (await eventsOf(chat, "channel", channelId)).filter(({ type }) => type.startsWith("message."));

test("a member posts; the message is there, and its event", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const message = await chat.call(messages.post, { channelId, body: "  Good\n\tmorning 🦉 " }, ann);
  assert.deepEqual([message.body, message.authorId, message.version], ["Good\n\tmorning 🦉", ann.id, 1]);
  assert.equal(message.updatedAt, message.createdAt);
  assert.deepEqual(await chat.call(messages.get, { id: message.id }, ann), message);
  assert.deepEqual(await posted(channelId), [{ type: "message.posted", data: message }]);
});

test("text is kept in NFC, and HTML as it was written", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const { body } = await chat.call(messages.post, { channelId, body: "<b>e\u0301</b> & more" }, ann);
  assert.equal(body, "<b>\u00e9</b> & more");
});

test("a text that breaks a rule is refused, and nothing is posted", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  for (const [body, rule] of [
    ["   ", "too_short"],
    ["🦉".repeat(4001), "too_long"],
    ["a\u001bb", "invalid_text"],
    ["a\u0000b", "invalid_text"],
    ["a\ud800b", "invalid_text"],
  ] as const) {
    await assert.rejects(chat.call(messages.post, { channelId, body }, ann), (error: { violations?: object[] }) => {
      assert.deepEqual(
        error.violations?.map((each) => "rule" in each && each.rule),
        [rule],
        JSON.stringify(body),
      );
      return true;
    });
  }
  assert.deepEqual(await posted(channelId), []);
});

test("in a public channel only members read and write", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann);
  const { id } = await chat.call(messages.post, { channelId, body: "x" }, ann);
  const refused = failsWith("NOT_A_MEMBER", { channelId });
  await assert.rejects(chat.call(messages.post, { channelId, body: "y" }, bob), refused);
  await assert.rejects(chat.call(messages.list, { channelId }, bob), refused);
  await assert.rejects(chat.call(messages.get, { id }, bob), refused);
  await assert.rejects(chat.call(messages.edit, { id, version: 1, body: "y" }, bob), refused);
  await assert.rejects(chat.call(messages.remove, { id }, bob), refused);
  await chat.call(channels.join, { channelId }, bob);
  assert.equal((await chat.call(messages.get, { id }, bob)).body, "x");
  await chat.call(channels.leave, { channelId }, bob);
  await assert.rejects(chat.call(messages.get, { id }, bob), refused);
});

test("what is in a private channel does not exist for others", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { private: true });
  const { id } = await chat.call(messages.post, { channelId, body: "x" }, ann);
  const noChannel = failsWith("CHANNEL_NOT_FOUND", { channelId });
  await assert.rejects(chat.call(messages.post, { channelId, body: "y" }, bob), noChannel);
  await assert.rejects(chat.call(messages.list, { channelId }, bob), noChannel);
  const noMessage = failsWith("MESSAGE_NOT_FOUND", { id });
  await assert.rejects(chat.call(messages.get, { id }, bob), noMessage);
  await assert.rejects(chat.call(messages.edit, { id, version: 1, body: "y" }, bob), noMessage);
  await assert.rejects(chat.call(messages.remove, { id }, bob), noMessage);
});

test("what is not there is told", async () => {
  const ann = await newPerson(chat);
  const [channelId, id] = [randomUUID(), randomUUID()];
  await assert.rejects(chat.call(messages.post, { channelId, body: "y" }, ann), failsWith("CHANNEL_NOT_FOUND"));
  await assert.rejects(chat.call(messages.get, { id }, ann), failsWith("MESSAGE_NOT_FOUND", { id }));
});

test("the author edits against the version that he read", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
  const { id } = await chat.call(messages.post, { channelId, body: "one" }, bob);
  const edited = await chat.call(messages.edit, { id, version: 1, body: "two" }, bob);
  assert.deepEqual([edited.body, edited.version], ["two", 2]);
  await assert.rejects(chat.call(messages.edit, { id, version: 1, body: "three" }, bob), failsWith("VERSION_CONFLICT"));
  await assert.rejects(
    chat.call(messages.edit, { id, version: 2, body: "x" }, ann),
    failsWith("NOT_THE_AUTHOR", { id }),
  );
  assert.deepEqual(await chat.call(messages.get, { id }, ann), edited);
  assert.deepEqual((await posted(channelId)).slice(1), [{ type: "message.edited", data: edited }]);
});

test("the author removes, and whoever moderates", async () => {
  const [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
  const first = await chat.call(messages.post, { channelId, body: "one" }, bob);
  const second = await chat.call(messages.post, { channelId, body: "two" }, bob);
  await assert.rejects(chat.call(messages.remove, { id: first.id }, ann), failsWith("NOT_THE_AUTHOR"));
  assert.equal(await chat.call(messages.remove, { id: first.id }, bob), undefined);
  await chat.call(messages.remove, { id: second.id }, { id: eve.id, roles: ["moderator"] });
  await assert.rejects(chat.call(messages.get, { id: first.id }, bob), failsWith("MESSAGE_NOT_FOUND"));
  const again = chat.call(messages.remove, { id: second.id }, { id: eve.id, roles: ["admin"] });
  await assert.rejects(again, failsWith("MESSAGE_NOT_FOUND"));
  assert.deepEqual((await posted(channelId)).slice(2), [
    { type: "message.removed", data: first },
    { type: "message.removed", data: second },
  ]);
});

test("nothing is posted or edited in an archived channel, but it can be read and cleaned up", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const { id } = await chat.call(messages.post, { channelId, body: "one" }, ann);
  await chat.call(channels.archive, { id: channelId }, ann);
  const refused = failsWith("CHANNEL_ARCHIVED", { channelId });
  await assert.rejects(chat.call(messages.post, { channelId, body: "two" }, ann), refused);
  await assert.rejects(chat.call(messages.edit, { id, version: 1, body: "two" }, ann), refused);
  assert.equal((await chat.call(messages.list, { channelId }, ann)).items.length, 1);
  await chat.call(messages.remove, { id }, ann);
});

test("pages of messages hold each one once, newest first, while others are posted and removed", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  const ids: string[] = [];
  for (let index = 0; index < 5; index++)
    ids.unshift((await chat.call(messages.post, { channelId, body: String(index) }, ann)).id);
  const first = await chat.call(messages.list, { channelId, limit: 2 }, ann);
  await chat.call(messages.post, { channelId, body: "later" }, ann);
  await chat.call(messages.remove, { id: ids[1] ?? "" }, ann);
  const rest = await chat.call(messages.list, { channelId, limit: 3, cursor: first.nextCursor }, ann);
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ id }) => id),
    ids,
  );
  assert.equal(rest.nextCursor, undefined);
  const other = await newChannel(chat, ann);
  const foreign = chat.call(messages.list, { channelId: other.id, cursor: first.nextCursor }, ann);
  await assert.rejects(foreign, failsWith("INVALID_CURSOR"));
});

test("posting costs three round trips to the database", async () => {
  const ann = await newPerson(chat);
  const { id: channelId } = await newChannel(chat, ann);
  assert.equal(await chat.roundTrips(() => chat.call(messages.post, { channelId, body: "x" }, ann)), 3);
});
