// Who may see a channel: everybody a public one, its members a private one. For all others it does not exist.

import type { CallerContext } from "../caller.ts";
import { ChannelNotFound } from "./contract.ts";
import { channelTable, type Hold, memberTable } from "./tables.ts";

/** The channel. Throws CHANNEL_NOT_FOUND where the user may not see it. */
export async function visibleChannel(ctx: CallerContext<typeof ChannelNotFound>, channelId: string, hold?: Hold) {
  const channel = await channelTable.find(ctx, channelId, hold);
  if (channel === undefined) throw ctx.fail(ChannelNotFound, { channelId });
  if (!channel.private) return channel;
  const member = await memberTable.find(ctx, { channelId, accountId: ctx.user.id });
  if (member === undefined) throw ctx.fail(ChannelNotFound, { channelId });
  return channel;
}
