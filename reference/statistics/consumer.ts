// Builds the statistics from what happened in channels. An edit changes no number, so edits are not handled.

import { consumer, on } from "trivium";
import { channelStream, MemberJoined, MemberLeft } from "../channels/contract.ts";
import { MessagePosted, MessageRemoved } from "../messages/contract.ts";
import { addMember, addMessage, subtractMember, subtractMessage } from "./tables.ts";

export const channelStatistics = consumer("channel-statistics", {
  stream: channelStream,
  handle: [
    on(MessagePosted, ({ channelId, createdAt }, ctx) => addMessage(ctx, channelId, dayOf(createdAt))),
    on(MessageRemoved, ({ channelId, createdAt }, ctx) => subtractMessage(ctx, channelId, dayOf(createdAt))),
    on(MemberJoined, ({ channelId }, ctx) => addMember(ctx, channelId)),
    on(MemberLeft, ({ channelId }, ctx) => subtractMember(ctx, channelId)),
  ],
});

/** The date of a timestamp, in UTC as timestamps are. */
function dayOf(timestamp: string): string {
  return timestamp.slice(0, 10);
}
