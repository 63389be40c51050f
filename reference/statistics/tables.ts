// Where the projection is kept, and all its SQL: totals per channel, and messages per channel and day.

import { type Context, sql } from "trivium";
import { z } from "trivium/contract";
import { visibleTo } from "../channels/tables.ts";

type Sqls = Pick<Context, "db">;

/** Counts a message, of its day and in all. */
export async function addMessage(ctx: Sqls, channelId: string, day: string): Promise<void> {
  await Promise.all([
    ctx.db.execute(sql`insert into channel_totals as total (channel_id, messages, members) values (${channelId}, 1, 0)
      on conflict (channel_id) do update set messages = total.messages + 1`),
    ctx.db.execute(sql`insert into channel_days as known (channel_id, day, messages) values (${channelId}, ${day}, 1)
      on conflict (channel_id, day) do update set messages = known.messages + 1`),
  ]);
}

/** Takes back a counted message. */
export async function subtractMessage(ctx: Sqls, channelId: string, day: string): Promise<void> {
  await Promise.all([
    ctx.db.execute(sql`update channel_totals set messages = messages - 1 where channel_id = ${channelId}`),
    ctx.db.execute(
      sql`update channel_days set messages = messages - 1 where channel_id = ${channelId} and day = ${day}`,
    ),
  ]);
}

/** Counts a member. */
export async function addMember(ctx: Sqls, channelId: string): Promise<void> {
  await ctx.db.execute(sql`insert into channel_totals as total (channel_id, messages, members) values (${channelId}, 0, 1)
    on conflict (channel_id) do update set members = total.members + 1`);
}

/** Takes back a counted member. */
export async function subtractMember(ctx: Sqls, channelId: string): Promise<void> {
  await ctx.db.execute(sql`update channel_totals set members = members - 1 where channel_id = ${channelId}`);
}

/** A channel's totals; zeros where nothing was counted yet. */
export async function totalsOf(ctx: Sqls, channelId: string) {
  const rows = await ctx.db.rows(
    sql`select messages, members from channel_totals where channel_id = ${channelId}`,
    z.object({ messages: z.int(), members: z.int() }),
  );
  return rows[0] ?? { messages: 0, members: 0 };
}

/** The days of which messages stand, oldest first. */
export function daysOf(ctx: Sqls, channelId: string) {
  return ctx.db.rows(
    sql`select day, messages, (sum(messages) over (order by day))::bigint as "runningTotal"
      from channel_days where channel_id = ${channelId} and messages > 0 order by day`,
    z.object({ day: z.string(), messages: z.int(), runningTotal: z.int() }),
  );
}

/** The channels with the most messages among those that an account may see. */
export function topChannels(ctx: Sqls, accountId: string, limit: number) {
  return ctx.db.rows(
    sql`select channel_id as "channelId", channels.name, messages, members
      from channel_totals join channels on channels.id = channel_id
      where ${visibleTo(accountId)}
      order by messages desc, channel_id desc limit ${limit}`,
    z.object({ channelId: z.string(), name: z.string(), messages: z.int(), members: z.int() }),
  );
}
