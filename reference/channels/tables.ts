// Where channels and their members are kept.

import { type Context, sql, table } from "trivium";
import { z } from "trivium/contract";
import { Channel, Member } from "./contract.ts";

export const channelTable = table(Channel, { name: "channels", version: "version" });

export const memberTable = table(Member, {
  name: "channel_members",
  key: ["channelId", "accountId"],
  partitions: ["channelId", "accountId"],
});

type Sqls = Pick<Context, "db">;

/** The condition, over the table `channels`, that an account may see the channel. */
export function visibleTo(accountId: string) {
  const own = sql`select channel_id from channel_members where account_id = ${accountId}`;
  return sql`(not channels.private or channels.id in (${own}))`;
}

/** The ids of the channels that an account is a member of. */
export async function channelsOf(ctx: Sqls, accountId: string): Promise<string[]> {
  const rows = await ctx.db.rows(
    sql`select channel_id as id from channel_members where account_id = ${accountId}`,
    z.object({ id: z.string() }),
  );
  return rows.map(({ id }) => id);
}

/** Waits until nobody archives the channel, and keeps it from being archived until this unit of work ends. */
export async function keepOpen(ctx: Sqls, channelId: string): Promise<void> {
  await ctx.db.rows(sql`select 1 from channels where id = ${channelId} for key share`, z.unknown());
}

/** As `keepOpen`, and keeps the member from leaving. */
export async function keepMember(ctx: Sqls, channelId: string, accountId: string): Promise<void> {
  const member = sql`select 1 from channels join channel_members on channel_id = id
    where id = ${channelId} and account_id = ${accountId} for key share`;
  // Part of every post and edit: each connection prepares it once.
  await ctx.db.rows({ ...member, name: "chat_keep_member" }, z.unknown());
}

/** Waits until nobody relies on the channel being open, and keeps it from whoever would until this unit of work ends. */
export async function holdAlone(ctx: Sqls, channelId: string): Promise<void> {
  await ctx.db.rows(sql`select 1 from channels where id = ${channelId} for update`, z.unknown());
}
