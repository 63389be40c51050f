// Channels: what each operation does.

import { implement } from "trivium";
import { AccountNotFound } from "../accounts/contract.ts";
import { accountTable } from "../accounts/tables.ts";
import { visibleChannel } from "./access.ts";
import {
  AlreadyAMember,
  ChannelArchived,
  ChannelCreated,
  ChannelIsArchived,
  ChannelUpdated,
  channels,
  MemberJoined,
  MemberLeft,
  NotAMember,
  NotTheOwner,
  OwnerCannotLeave,
} from "./contract.ts";
import { alone, channelTable, kept, memberTable, visibleTo } from "./tables.ts";

export const channelsService = implement(channels, {
  async create(input, ctx) {
    const ownerId = ctx.user.id;
    const channel = await channelTable.insert(ctx, { ...input, ownerId });
    const member = await memberTable.insert(ctx, { channelId: channel.id, accountId: ownerId });
    ctx.emit(ChannelCreated, channel);
    ctx.emit(MemberJoined, member);
    return channel;
  },

  get({ id }, ctx) {
    return visibleChannel(ctx, id);
  },

  list({ limit, cursor }, ctx) {
    // What `visibleTo` reads beside the channels themselves.
    ctx.depends(memberTable.tag({ accountId: ctx.user.id }));
    return channelTable.page(ctx, { and: visibleTo(ctx.user.id), limit, cursor });
  },

  async update({ id, version, name, topic }, ctx) {
    const channel = await visibleChannel(ctx, id);
    if (channel.ownerId !== ctx.user.id) throw ctx.fail(NotTheOwner, { channelId: id });
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId: id });
    const updated = await channelTable.update(ctx, id, { name, topic }, { version });
    ctx.emit(ChannelUpdated, updated);
    return updated;
  },

  async archive({ id }, ctx) {
    const channel = await visibleChannel(ctx, id, alone);
    if (channel.ownerId !== ctx.user.id) throw ctx.fail(NotTheOwner, { channelId: id });
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId: id });
    const archivedAt = new Date(ctx.clock.now()).toISOString();
    const archived = await channelTable.update(ctx, id, { archivedAt });
    ctx.emit(ChannelArchived, archived);
    return archived;
  },

  async join({ channelId, accountId }, ctx) {
    const channel = await visibleChannel(ctx, channelId, kept);
    const joining = accountId ?? ctx.user.id;
    if (joining !== ctx.user.id) {
      if (channel.ownerId !== ctx.user.id) throw ctx.fail(NotTheOwner, { channelId });
      await accountTable.get(ctx, joining, AccountNotFound, { accountId: joining });
    }
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId });
    const member = await memberTable.insert(ctx, { channelId, accountId: joining }, { duplicate: AlreadyAMember });
    ctx.emit(MemberJoined, member);
    return member;
  },

  async leave({ channelId }, ctx) {
    const key = { channelId, accountId: ctx.user.id };
    const channel = await visibleChannel(ctx, channelId);
    if (channel.ownerId === ctx.user.id) throw ctx.fail(OwnerCannotLeave, { channelId });
    const member = await memberTable.remove(ctx, key);
    if (member === undefined) throw ctx.fail(NotAMember, { channelId });
    ctx.emit(MemberLeft, member);
  },

  async listMembers({ channelId, limit, cursor }, ctx) {
    await visibleChannel(ctx, channelId);
    return memberTable.page(ctx, { where: { channelId }, order: "-createdAt", limit, cursor });
  },
});
