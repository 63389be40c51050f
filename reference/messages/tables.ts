// Where messages are kept.

import { table } from "trivium";
import { Message } from "./contract.ts";

export const messageTable = table(Message, { name: "messages", partitions: ["channelId"], version: "version" });
