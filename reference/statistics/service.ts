// Statistics: read from the projection that the consumer builds.

import { implement } from "trivium";
import { visibleChannel } from "../channels/access.ts";
import { statistics } from "./contract.ts";
import { daysOf, topChannels, totalsOf } from "./tables.ts";

export const statisticsService = implement(statistics, {
  async channelActivity({ channelId }, ctx) {
    await visibleChannel(ctx, channelId);
    const [totals, days] = await Promise.all([totalsOf(ctx, channelId), daysOf(ctx, channelId)]);
    return { ...totals, days };
  },

  async topChannels({ limit }, ctx) {
    return { items: await topChannels(ctx, ctx.user.id, limit) };
  },
});
