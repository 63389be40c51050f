// The chat service in this process, and people who use it: for the tests.

import { randomUUID } from "node:crypto";
import { isAppError, sql } from "trivium";
import { createTestApp, type TestApp, type TestAppOptions } from "trivium/testing";
import { accounts } from "./accounts/contract.ts";
import app from "./app.ts";
import { channels } from "./channels/contract.ts";

/** Somebody with an account. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly roles?: readonly string[];
}

export const password = "correct horse battery staple";

/** The service on a fresh database. The caller closes it. */
export function createChat(options?: TestAppOptions): Promise<TestApp> {
  return createTestApp(app, options);
}

/** A new account. */
export function newPerson(chat: TestApp): Promise<Person> {
  const email = `${randomUUID()}@example.org`;
  return chat.call(accounts.register, { email, password, displayName: "Somebody" });
}

/** A new channel, whose members are its owner and the others. */
export async function newChannel(
  chat: TestApp,
  owner: Person,
  options: { readonly private?: boolean; readonly members?: readonly Person[] } = {},
) {
  const channel = await chat.call(channels.create, { name: "A channel", private: options.private ?? false }, owner);
  for (const { id } of options.members ?? [])
    await chat.call(channels.join, { channelId: channel.id, accountId: id }, owner);
  return channel;
}

/** The events of a stream's key in order: their types, with their data. */
export async function eventsOf(chat: TestApp, stream: string, key: string) {
  const { rows } = await chat.database.query(
    sql`select type, payload as data from trivium.outbox where stream = ${stream} and key = ${key} order by sequence`,
  );
  return rows.map(({ type, data }) => ({ type: String(type), data }));
}

/** A check for `assert.rejects`: an AppError with this reason, and with these details if they are given. */
export function failsWith(reason: string, details?: Readonly<Record<string, unknown>>) {
  return (error: unknown): boolean => {
    if (!isAppError(error) || error.reason !== reason) throw error;
    if (details !== undefined && JSON.stringify(error.details) !== JSON.stringify(details)) throw error;
    return true;
  };
}
