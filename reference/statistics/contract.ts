// Statistics of channels, as the world sees them. They follow what happened with the lag of their consumer.

import { model, query, service, z } from "trivium/contract";
import { ChannelNotFound } from "../channels/contract.ts";

export const ChannelActivity = model("ChannelActivity", {
  /** Those that stand: removed ones are not counted. */
  messages: z.int(),
  members: z.int(),
  /** The days of which messages stand, oldest first, by when a message was posted, in UTC. */
  days: z.array(z.object({ day: z.iso.date(), messages: z.int(), runningTotal: z.int() })),
});

export const ChannelRank = model("ChannelRank", {
  channelId: z.uuid(),
  name: z.string(),
  messages: z.int(),
  members: z.int(),
});

const channelId = z.uuid();

export const statistics = service(
  "statistics",
  { version: 1, summary: "How much is said where" },
  {
    channelActivity: query({
      summary: "Count a channel's messages and members, with the messages of each day",
      http: "GET /statistics/channels/{channelId}/activity",
      input: { channelId },
      output: ChannelActivity,
      access: "user",
      failures: [ChannelNotFound],
      consistent: true,
      example: { channelId: "01932c5e-7a10-7c3f-9d2a-0123456789ab" },
    }),
    topChannels: query({
      summary: "List the channels with the most messages",
      description: "Of those that one may see.",
      http: "GET /statistics/channels/top",
      input: { limit: z.int().min(1).max(100).default(10) },
      output: z.object({ items: z.array(ChannelRank) }),
      access: "user",
      example: { limit: 10 },
    }),
  },
);
