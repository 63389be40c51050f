// The peer's server: one log line, one metric, one credential and one limit for every call, then its routes.

import { randomUUID } from "node:crypto";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type pg from "pg";
import { pino } from "pino";
import { authenticate } from "./auth.ts";
import { createMessageCache } from "./cache.ts";
import { answerError } from "./errors.ts";
import { limitCalls, type PeerRedis } from "./limit.ts";
import { observeCalls } from "./metrics.ts";
import { messageRoutes } from "./routes.ts";
import { createMessageStore } from "./store.ts";

/** What the peer is made from. */
export interface PeerSettings {
  readonly pool: pg.Pool;
  readonly redis: PeerRedis;
  /** The secret of its tokens. */
  readonly secret: string;
}

/** Creates the peer. Its log goes to standard output in blocks, as pino's documentation advises for speed. */
export function createPeer({ pool, redis, secret }: PeerSettings): FastifyInstance {
  const logger: FastifyBaseLogger = pino(
    { level: "info", base: { pid: process.pid, app: "peer" } },
    pino.destination({ dest: 1, sync: false, minLength: 8192, periodicFlush: 100 }),
  );
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }), // two lines a request; the one line below says as much
    requestIdHeader: "x-request-id",
    genReqId: () => randomUUID(),
  });
  app.setErrorHandler(answerError);
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        userId: request.userId,
        duration: reply.elapsedTime,
      },
      "request",
    );
  });
  observeCalls(app);
  void app.register(
    (v1, _options, done) => {
      authenticate(v1, secret);
      limitCalls(v1, redis);
      messageRoutes(v1, createMessageStore(pool), createMessageCache(redis));
      done();
    },
    { prefix: "/v1" },
  );
  return app;
}
