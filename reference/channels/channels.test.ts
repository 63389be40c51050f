import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { TestApp } from "trivium/testing";
import { createChat, eventsOf, failsWith, newChannel, newPerson } from "../chat.fixture.ts";
import { channels } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

const types = async (channelId: string) => (await eventsOf(chat, "channel", channelId)).map(({ type }) => type);

test("who creates a channel owns it and is its first member", async () => {
  const ann = await newPerson(chat);
  const channel = await chat.call(channels.create, { name: "  general ", topic: "All" }, ann);
  const { name, topic, private: isPrivate, ownerId, version } = channel;
  assert.deepEqual([name, topic, isPrivate, ownerId, version], ["general", "All", false, ann.id, 1]);
  assert.ok(!("archivedAt" in channel));
  const { items } = await chat.call(channels.listMembers, { channelId: channel.id }, ann);
  assert.deepEqual(
    items.map(({ channelId, accountId }) => [channelId, accountId]),
    [[channel.id, ann.id]],
  );
  assert.deepEqual(await eventsOf(chat, "channel", channel.id), [
    { type: "channel.created", data: channel },
    { type: "member.joined", data: items[0] },
  ]);
});

test("a channel without a topic has none", async () => {
  const ann = await newPerson(chat);
  const channel = await chat.call(channels.create, { name: "x" }, ann);
  assert.ok(!("topic" in channel));
  assert.deepEqual(await chat.call(channels.get, { id: channel.id }, ann), channel);
});

test("a public channel is open to everybody who is signed in", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const channel = await newChannel(chat, ann);
  assert.deepEqual(await chat.call(channels.get, { id: channel.id }, bob), channel);
  await assert.rejects(chat.call(channels.get, { id: channel.id }), failsWith("CREDENTIAL_MISSING"));
  const member = await chat.call(channels.join, { channelId: channel.id }, bob);
  assert.deepEqual([member.channelId, member.accountId], [channel.id, bob.id]);
  const { items } = await chat.call(channels.listMembers, { channelId: channel.id }, bob);
  assert.deepEqual(
    items.map(({ accountId }) => accountId),
    [bob.id, ann.id],
  );
  await assert.rejects(
    chat.call(channels.join, { channelId: channel.id }, bob),
    failsWith("ALREADY_A_MEMBER", { channelId: channel.id, accountId: bob.id }),
  );
});

test("a private channel does not exist for who is not a member", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id } = await newChannel(chat, ann, { private: true });
  const hidden = failsWith("CHANNEL_NOT_FOUND", { channelId: id });
  await assert.rejects(chat.call(channels.get, { id }, bob), hidden);
  await assert.rejects(chat.call(channels.listMembers, { channelId: id }, bob), hidden);
  await assert.rejects(chat.call(channels.join, { channelId: id }, bob), hidden);
  await assert.rejects(chat.call(channels.leave, { channelId: id }, bob), hidden);
  await assert.rejects(chat.call(channels.archive, { id }, bob), hidden);
  await assert.rejects(chat.call(channels.update, { id, version: 1, name: "y" }, bob), hidden);
  const { items } = await chat.call(channels.list, { limit: 100 }, bob);
  assert.ok(items.every((channel) => channel.id !== id));
});

test("the owner brings others into a private channel, who see it until they leave", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id } = await newChannel(chat, ann, { private: true, members: [bob] });
  assert.equal((await chat.call(channels.get, { id }, bob)).id, id);
  assert.ok((await chat.call(channels.list, { limit: 100 }, bob)).items.some((channel) => channel.id === id));
  await chat.call(channels.leave, { channelId: id }, bob);
  await assert.rejects(chat.call(channels.get, { id }, bob), failsWith("CHANNEL_NOT_FOUND"));
  assert.deepEqual(await types(id), ["channel.created", "member.joined", "member.joined", "member.left"]);
});

test("only the owner brings others in, and only accounts that exist", async () => {
  const [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: [bob] });
  await assert.rejects(chat.call(channels.join, { channelId, accountId: eve.id }, bob), failsWith("NOT_THE_OWNER"));
  const accountId = randomUUID();
  await assert.rejects(
    chat.call(channels.join, { channelId, accountId }, ann),
    failsWith("ACCOUNT_NOT_FOUND", { accountId }),
  );
  assert.equal((await chat.call(channels.listMembers, { channelId }, ann)).items.length, 2);
});

test("who is not a member cannot leave, nor can the owner", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann);
  await assert.rejects(chat.call(channels.leave, { channelId }, bob), failsWith("NOT_A_MEMBER", { channelId }));
  await assert.rejects(chat.call(channels.leave, { channelId }, ann), failsWith("OWNER_CANNOT_LEAVE", { channelId }));
  assert.deepEqual(await types(channelId), ["channel.created", "member.joined"]);
});

test("an update changes what it names; null clears the topic", async () => {
  const ann = await newPerson(chat);
  const { id } = await chat.call(channels.create, { name: "one", topic: "first" }, ann);
  const renamed = await chat.call(channels.update, { id, version: 1, name: "two" }, ann);
  assert.deepEqual([renamed.name, renamed.topic, renamed.version], ["two", "first", 2]);
  const cleared = await chat.call(channels.update, { id, version: 2, topic: null }, ann);
  assert.deepEqual([cleared.name, "topic" in cleared, cleared.version], ["two", false, 3]);
  assert.deepEqual((await eventsOf(chat, "channel", id)).slice(2), [
    { type: "channel.updated", data: renamed },
    { type: "channel.updated", data: cleared },
  ]);
});

test("an update needs the version that it changes, and the owner", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const { id } = await newChannel(chat, ann, { members: [bob] });
  const unversioned = { id, name: "x" } as { id: string; name: string; version: number }; // which it lacks
  await assert.rejects(chat.call(channels.update, unversioned, ann), failsWith("VERSION_REQUIRED"));
  await assert.rejects(chat.call(channels.update, { id, version: 1, name: "x" }, bob), failsWith("NOT_THE_OWNER"));
  await assert.rejects(chat.call(channels.update, { id, version: 2, name: "x" }, ann), failsWith("VERSION_CONFLICT"));
  assert.equal((await chat.call(channels.get, { id }, ann)).version, 1);
});

test("an archived channel can be read, and nothing else", async () => {
  const [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id } = await newChannel(chat, ann, { members: [bob] });
  await assert.rejects(chat.call(channels.archive, { id }, bob), failsWith("NOT_THE_OWNER"));
  const archived = await chat.call(channels.archive, { id }, ann);
  assert.equal(archived.archivedAt, archived.updatedAt);
  assert.deepEqual(await chat.call(channels.get, { id }, eve), archived);
  const refused = failsWith("CHANNEL_ARCHIVED", { channelId: id });
  await assert.rejects(chat.call(channels.archive, { id }, ann), refused);
  await assert.rejects(chat.call(channels.update, { id, version: 2, name: "x" }, ann), refused);
  await assert.rejects(chat.call(channels.join, { channelId: id }, eve), refused);
  await chat.call(channels.leave, { channelId: id }, bob);
  assert.deepEqual((await types(id)).slice(3), ["channel.archived", "member.left"]);
});

test("pages of channels hold each one once, newest first", async () => {
  const [ann, bob] = [await newPerson(chat), await newPerson(chat)];
  const made: string[] = [];
  for (let index = 0; index < 7; index++) {
    const { id } = await newChannel(chat, ann, { private: true, members: index % 2 === 0 ? [bob] : [] });
    if (index % 2 === 0) made.unshift(id);
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await chat.call(channels.list, { limit: 2, cursor }, bob);
    assert.ok(page.items.length <= 2);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  assert.deepEqual(
    seen.filter((id) => made.includes(id)),
    made,
  );
  assert.equal(new Set(seen).size, seen.length);
  await assert.rejects(chat.call(channels.list, { cursor: "nonsense" }, bob), failsWith("INVALID_CURSOR"));
});

test("pages of members hold each one once", async () => {
  const ann = await newPerson(chat);
  const others = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { members: others });
  const first = await chat.call(channels.listMembers, { channelId, limit: 3 }, ann);
  const second = await chat.call(channels.listMembers, { channelId, limit: 3, cursor: first.nextCursor }, ann);
  assert.equal(second.nextCursor, undefined);
  const found = [...first.items, ...second.items].map(({ accountId }) => accountId);
  assert.deepEqual(found.toSorted(), [ann, ...others].map(({ id }) => id).sort());
});
