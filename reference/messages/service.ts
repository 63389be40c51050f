// Messages: what each operation does.

import { implement } from "trivium";
import type { User } from "trivium/contract";
import { ChannelIsArchived, ChannelNotFound } from "../channels/contract.ts";
import { keptChannel, memberChannel, memberMessage } from "./access.ts";
import { MessageEdited, MessageNotFound, MessagePosted, MessageRemoved, messages, NotTheAuthor } from "./contract.ts";
import { messageTable } from "./tables.ts";

export const messagesService = implement(messages, {
  async post({ channelId, body }, ctx) {
    const channel = await keptChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    if (channel.archivedAt !== undefined) throw ctx.fail(ChannelIsArchived, { channelId });
    const message = await messageTable.insert(ctx, { channelId, authorId: ctx.user.id, body });
    ctx.emit(MessagePosted, message);
    ctx.metrics.count("messagesPosted");
    return message;
  },

  get({ id }, ctx) {
    return memberMessage(ctx, id);
  },

  async list({ channelId, limit, cursor }, ctx) {
    await memberChannel(ctx, channelId, () => ctx.fail(ChannelNotFound, { channelId }));
    return messageTable.page(ctx, { where: { channelId }, limit, cursor });
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
});

function mayModerate(user: User): boolean {
  return user.roles.includes("moderator") || user.roles.includes("admin");
}
