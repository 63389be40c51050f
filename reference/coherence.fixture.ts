// Every cached query and every write of the service, on one scene: for the tests that set each against each.

import { isAppError } from "trivium";
import type { TestApp } from "trivium/testing";
import { channels } from "./channels/contract.ts";
import { newChannel, newPerson, type Person } from "./chat.fixture.ts";
import { messages } from "./messages/contract.ts";

/** A channel of Ann's with a message of hers, Bob in it, Eve not. */
export interface Scene {
  readonly ann: Person;
  readonly bob: Person;
  readonly eve: Person;
  readonly channelId: string;
  readonly messageId: string;
}

/** A call through an app, as somebody of the scene. */
export type Run = (chat: TestApp, scene: Scene) => Promise<unknown>;

export const queries = {
  "channels.get": (chat, { channelId, bob }) => chat.call(channels.get, { id: channelId }, bob),
  "channels.get by a stranger": (chat, { channelId, eve }) => chat.call(channels.get, { id: channelId }, eve),
  "channels.list": (chat, { bob }) => chat.call(channels.list, { limit: 100 }, bob),
  "messages.get": (chat, { messageId, bob }) => chat.call(messages.get, { id: messageId }, bob),
  "messages.get by a stranger": (chat, { messageId, eve }) => chat.call(messages.get, { id: messageId }, eve),
  "messages.list": (chat, { channelId, bob }) => chat.call(messages.list, { channelId }, bob),
} satisfies Readonly<Record<string, Run>>;

export const writes: Readonly<Record<string, Run>> = {
  "channels.create": (chat, { ann }) => chat.call(channels.create, { name: "another" }, ann),
  "channels.update": (chat, { channelId, ann }) =>
    chat.call(channels.update, { id: channelId, version: 1, name: "renamed" }, ann),
  "channels.archive": (chat, { channelId, ann }) => chat.call(channels.archive, { id: channelId }, ann),
  "channels.join": (chat, { channelId, ann, eve }) => chat.call(channels.join, { channelId, accountId: eve.id }, ann),
  "channels.leave": (chat, { channelId, bob }) => chat.call(channels.leave, { channelId }, bob),
  "messages.post": (chat, { channelId, ann }) => chat.call(messages.post, { channelId, body: "more" }, ann),
  "messages.edit": (chat, { messageId, ann }) =>
    chat.call(messages.edit, { id: messageId, version: 1, body: "edited" }, ann),
  "messages.remove": (chat, { messageId, ann }) => chat.call(messages.remove, { id: messageId }, ann),
};

/** A new one. */
export async function newScene(chat: TestApp): Promise<Scene> {
  const [ann, bob, eve] = [await newPerson(chat), await newPerson(chat), await newPerson(chat)];
  const { id: channelId } = await newChannel(chat, ann, { private: true, members: [bob] });
  const { id: messageId } = await chat.call(messages.post, { channelId, body: "first" }, ann);
  return { ann, bob, eve, channelId, messageId };
}

/** The answer, or the reason of the failure. */
export async function told(query: Run, chat: TestApp, scene: Scene): Promise<unknown> {
  return query(chat, scene).catch((error: unknown) => {
    if (isAppError(error)) return error.reason;
    throw error;
  });
}
