// The chat service: what it is composed of.

import { createApp } from "trivium";
import { accountsService } from "./accounts/service.ts";
import { accountTable } from "./accounts/tables.ts";
import { channelsService } from "./channels/service.ts";
import { channelTable, memberTable } from "./channels/tables.ts";
import { messagesService } from "./messages/service.ts";
import { messageTable } from "./messages/tables.ts";
import { channelStatistics } from "./statistics/consumer.ts";
import { statisticsService } from "./statistics/service.ts";

export default createApp({
  name: "chat",
  version: "0.1.0",
  description: "Accounts, channels, messages and statistics",
  services: [accountsService, channelsService, messagesService, statisticsService],
  consumers: [channelStatistics],
  tables: [accountTable, channelTable, memberTable, messageTable],
  migrations: new URL("./migrations/", import.meta.url),
  lock: new URL("../contract.lock.json", import.meta.url),
  website: new URL("./web/", import.meta.url),
  limits: { overall: { free: "10000 per minute", pro: "100000 per minute" } },
  metrics: { accountsRegistered: "Accounts registered", messagesPosted: "Messages posted" },
});
