// The hand-written peer: the message part of the chat service as a good team writes it on Fastify without a foundation.
// It has no relay and no consumers: what it leaves in its outbox stays there.

import { createClient } from "@redis/client";
import pg from "pg";
import { createPeer } from "./app.ts";
import { limitScripts } from "./limit.ts";

const { DATABASE_URL, REDIS_URL, AUTH_SECRET, HTTP_PORT } = process.env;
if (!DATABASE_URL || !REDIS_URL || !AUTH_SECRET)
  throw new Error("The peer needs DATABASE_URL, REDIS_URL and AUTH_SECRET");

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const redis = createClient({ url: REDIS_URL, scripts: limitScripts, disableOfflineQueue: true });
const app = createPeer({ pool, redis, secret: AUTH_SECRET });
pool.on("error", (error) => app.log.error(error));
redis.on("error", (error) => app.log.error(error));
await redis.connect();
await app.listen({ host: "127.0.0.1", port: Number(HTTP_PORT ?? 0) });
