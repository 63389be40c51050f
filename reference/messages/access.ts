// Who may see messages: the members of their channel. To all others a private channel and what is in it do not exist.

import type { AppError } from "trivium/contract";
import type { CallerContext } from "../caller.ts";
import { ChannelNotFound, NotAMember } from "../channels/contract.ts";
import { channelsOf, channelTable, type Hold, kept, memberTable } from "../channels/tables.ts";
import { MessageNotFound } from "./contract.ts";
import { messageTable } from "./tables.ts";

type MemberContext = CallerContext<typeof NotAMember>;

/**
 * The channel, which the user is a member of. Both reads are sent together. Throws NOT_A_MEMBER, or `hidden` where the
 * user may not even know of the channel.
 */
export async function memberChannel(ctx: MemberContext, channelId: string, hidden: () => AppError, hold?: Hold) {
  const [channel, member] = await Promise.all([
    channelTable.find(ctx, channelId, hold),
    memberTable.find(ctx, { channelId, accountId: ctx.user.id }, hold),
  ]);
  if (channel === undefined || (channel.private && member === undefined)) throw hidden();
  if (member === undefined) throw ctx.fail(NotAMember, { channelId });
  return channel;
}

/** As `memberChannel`; until the unit of work ends nobody archives the channel and the member does not leave it. */
export function keptChannel(ctx: MemberContext, channelId: string, hidden: () => AppError) {
  return memberChannel(ctx, channelId, hidden, kept);
}

/** The message, whose channel the user is a member of. Throws MESSAGE_NOT_FOUND or NOT_A_MEMBER. */
export async function memberMessage(ctx: MemberContext & CallerContext<typeof MessageNotFound>, id: string) {
  const hidden = () => ctx.fail(MessageNotFound, { id });
  const message = await messageTable.find(ctx, id);
  if (message === undefined) throw hidden();
  await memberChannel(ctx, message.channelId, hidden);
  return message;
}

/** The ids of the channels whose messages the user may read, or of the one asked for. Throws CHANNEL_NOT_FOUND or NOT_A_MEMBER. */
export async function readableChannels(
  ctx: MemberContext & CallerContext<typeof ChannelNotFound>,
  channelId: string | undefined,
): Promise<string[]> {
  if (channelId === undefined) return channelsOf(ctx, ctx.user.id);
  await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
  return [channelId];
}
