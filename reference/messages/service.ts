// Messages: what each operation does.

import { implement } from "trivium";
import type { User } from "trivium/contract";
import { ChannelIsArchived, ChannelNotFound, NotAMember } from "../channels/contract.ts";
import { keptChannel, memberChannel, memberMessage, readableChannels } from "./access.ts";
import { MessageEdited, MessageNotFound, MessagePosted, MessageRemoved, messages, NotTheAuthor } from "./contract.ts";
import { conversation, followChannel, messageEvents } from "./live.ts";
import { searchMessages } from "./search/search.ts";
import { messageTable } from "./tables.ts";
import { allMessages, importLines } from "./transfer.ts";

export const messagesService = implement(messages, {
  async post({ channelId, body }, ctx) {
    const channel = await keptChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId });
    const message = await messageTable.insert(ctx, { channelId, authorId: ctx.user.id, body });
    ctx.emit(MessagePosted, message);
    ctx.metrics.count("messagesPosted");
    return message;
  },

  async postMany({ channelId, bodies }, ctx) {
    const channel = await keptChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId });
    // Sent together: as many statements, one round trip.
    const posted = await Promise.all(
      bodies.map((body) => messageTable.insert(ctx, { channelId, authorId: ctx.user.id, body })),
    );
    for (const message of posted) ctx.emit(MessagePosted, message);
    ctx.metrics.count("messagesPosted", posted.length);
    return { ids: posted.map(({ id }) => id) };
  },

  get({ id }, ctx) {
    return memberMessage(ctx, id);
  },

  async list({ channelId, limit, cursor }, ctx) {
    await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    return messageTable.page(ctx, { where: { channelId }, limit, cursor });
  },

  async search(input, ctx) {
    return searchMessages(ctx, input, await readableChannels(ctx, input.channelId));
  },

  async edit({ id, version, body }, ctx) {
    const { channelId, authorId } = await messageTable.get(ctx, id, MessageNotFound);
    const channel = await keptChannel(ctx, channelId, () => ctx.fail(MessageNotFound, { id }));
    if (authorId !== ctx.user.id) throw ctx.fail(NotTheAuthor, { id });
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId });
    const edited = await messageTable.update(ctx, id, { body }, { version, missing: MessageNotFound });
    ctx.emit(MessageEdited, edited);
    return edited;
  },

  async remove({ id }, ctx) {
    if (!mayModerate(ctx.user)) {
      const { authorId } = await memberMessage(ctx, id);
      if (authorId !== ctx.user.id) throw ctx.fail(NotTheAuthor, { id });
    }
    const removed = await messageTable.remove(ctx, id);
    if (removed === undefined) throw ctx.fail(MessageNotFound, { id });
    ctx.emit(MessageRemoved, removed);
  },

  async *watch({ channelId, after }, ctx) {
    // Followed before it is asked who is a member: whoever leaves meanwhile is seen to.
    const followed = followChannel(ctx, { channelId, after });
    await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    yield* messageEvents(ctx, channelId, followed, () => ctx.fail(NotAMember, { channelId }));
  },

  async *converse({ channelId, after }, items, ctx) {
    const followed = followChannel(ctx, { channelId, after });
    await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    // So that he sees what he says himself.
    await followed.ready;
    const events = messageEvents(ctx, channelId, followed, () => ctx.fail(NotAMember, { channelId }));
    yield* conversation(ctx, events, channelId, items);
  },

  async importMany({ channelId }, lines, ctx) {
    await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    return importLines(ctx, channelId, lines);
  },

  async *exportAll({ channelId }, ctx) {
    const hidden = () => ctx.fail(ChannelNotFound, { channelId });
    await memberChannel(ctx, channelId, hidden);
    yield* allMessages(ctx, channelId, hidden);
  },
});

function mayModerate(user: User): boolean {
  return user.roles.includes("moderator") || user.roles.includes("admin");
}
