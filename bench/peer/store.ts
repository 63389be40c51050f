// Messages in PostgreSQL, by named prepared statements; a write and its outbox row in one transaction.

import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import { PeerError } from "./errors.ts";
import { statements } from "./statements.ts";

/** A message as the driver reads it: its answer's schema makes text of the times. */
export interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly authorId: string;
  readonly body: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A page, newest first. */
export interface MessagePage {
  readonly items: readonly Message[];
  readonly nextCursor?: string;
}

/** Messages, for the members of their channels. Everything throws PeerError. */
export interface MessageStore {
  get(id: string, userId: string): Promise<Message>;
  list(channelId: string, userId: string, limit: number, cursor: string | undefined): Promise<MessagePage>;
  post(channelId: string, userId: string, body: string): Promise<Message>;
  edit(id: string, userId: string, version: number, body: string): Promise<Message>;
}

type Access = { private: boolean; archived: boolean; member: boolean };
type AccessedMessage = Message & Access;

const noChannel = () => new PeerError(404, "CHANNEL_NOT_FOUND", "There is no such channel");
const noMessage = () => new PeerError(404, "MESSAGE_NOT_FOUND", "There is no such message");

/** Creates the store. */
export function createMessageStore(pool: pg.Pool): MessageStore {
  return {
    async get(id, userId) {
      const { rows } = await pool.query<AccessedMessage>({ ...statements.get, values: [id, userId] });
      const { private: hidden, archived, member, ...message } = readable(rows[0], noMessage);
      return message;
    },

    async list(channelId, userId, limit, cursor) {
      const before = cursor === undefined ? null : idFromCursor(cursor);
      const [access, page] = await Promise.all([
        pool.query<Access>({ ...statements.access, values: [channelId, userId] }),
        pool.query<Message>({ ...statements.page, values: [channelId, before, limit + 1] }),
      ]);
      readable(access.rows[0], noChannel);
      const items = page.rows.slice(0, limit);
      const last = items.at(-1);
      return page.rows.length > limit && last !== undefined ? { items, nextCursor: cursorFromId(last.id) } : { items };
    },

    post: (channelId, userId, body) =>
      inTransaction(pool, async (client) => {
        const access = await client.query<Access>({ ...statements.hold, values: [channelId, userId] });
        writable(access.rows[0] ?? (await refusedAccess(client, channelId, userId)), noChannel);
        const values = [randomUUIDv7(), channelId, userId, body];
        const { rows } = await client.query<Message>({ ...statements.insert, values });
        return leaveEvent(client, "message.posted", rows[0]);
      }),

    edit: (id, userId, version, body) =>
      inTransaction(pool, async (client) => {
        const found = await client.query<AccessedMessage>({ ...statements.holdMessage, values: [id, userId] });
        const message =
          found.rows[0] ?? (await client.query<AccessedMessage>({ ...statements.get, values: [id, userId] })).rows[0];
        const { authorId } = writable(message, noMessage);
        if (authorId !== userId)
          throw new PeerError(403, "NOT_THE_AUTHOR", "Only the author of the message may do this");
        const { rows } = await client.query<Message>({ ...statements.update, values: [id, version, body] });
        if (rows[0] === undefined)
          throw new PeerError(409, "VERSION_CONFLICT", "The resource was changed since the version that was read");
        return leaveEvent(client, "message.edited", rows[0]);
      }),
  };
}

/** Gapless per channel: the sequence's row is locked until COMMIT. */
async function leaveEvent(client: pg.PoolClient, type: string, message: Message | undefined): Promise<Message> {
  if (message === undefined) throw new Error("The statement returned no row");
  const { channelId } = message;
  const numbered = await client.query<{ last: string }>({ ...statements.number, values: [channelId] });
  const values = [randomUUIDv7(), channelId, numbered.rows[0]?.last, type, JSON.stringify(message)];
  await client.query({ ...statements.outbox, values });
  return message;
}

async function refusedAccess(client: pg.PoolClient, channelId: string, userId: string): Promise<Access | undefined> {
  return (await client.query<Access>({ ...statements.access, values: [channelId, userId] })).rows[0];
}

function readable<T extends Access>(row: T | undefined, missing: () => PeerError): T {
  if (row === undefined || (row.private && !row.member)) throw missing();
  if (!row.member) throw new PeerError(403, "NOT_A_MEMBER", "Only members of the channel may do this");
  return row;
}

function writable<T extends Access>(row: T | undefined, missing: () => PeerError): T {
  const found = readable(row, missing);
  if (found.archived) throw new PeerError(409, "CHANNEL_IS_ARCHIVED", "The channel is archived");
  return found;
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function cursorFromId(id: string): string {
  return Buffer.from(id).toString("base64url");
}

function idFromCursor(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString();
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new PeerError(400, "INVALID_CURSOR", "The cursor is not of this list");
  return id;
}
