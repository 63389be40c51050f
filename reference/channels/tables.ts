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

/**
 * Who relies on a channel being open, or on a member being one, keeps it so until his unit of work ends: others may do
 * the same, and change its name; who archives the channel waits.
 */
export const kept = { lock: "key share" } as const;

/** Who archives a channel waits for all who rely on it being open, and they for him. */
export const alone = { lock: "update" } as const;

/** How a channel is held until a unit of work ends. */
export type Hold = typeof kept | typeof alone;
