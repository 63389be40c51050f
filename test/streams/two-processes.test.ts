// The promise of live streams, between processes: every subscriber sees every event of its channel once and in order,
// whichever process it was posted through, over which road, and however often the subscriber is cut off.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { grpcTransport } from "trivium/client/grpc";
import { createClient } from "trivium/client";
import { channels } from "../../reference/channels/contract.ts";
import { messages } from "../../reference/messages/contract.ts";
import { createPostgresDatabase } from "../../src/adapters/postgres/index.ts";
import { createTokens } from "../../src/auth/tokens.ts";
import { sql } from "../../src/database/statement.ts";
import { startPostgres } from "../../src/testing/postgres/start-postgres.ts";
import { type ChatServer, freshPlace, runChat, startChat } from "../kit/chat-server.ts";
import { registerPeople } from "./people.ts";
import { type Heard, subscriber } from "./subscriber.ts";

const posts = Number(process.env.TRIVIUM_STREAM_POSTS ?? 5000);
const channelCount = 10;
const subscribersEach = 200;

const undo: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const step of undo.toReversed()) await step();
});
