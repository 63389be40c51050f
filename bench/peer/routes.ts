// The peer's routes: those of chat's messages that are measured, in the same shapes.

import type { FastifyInstance } from "fastify";
import type { MessageCache } from "./cache.ts";
import { schemas } from "./schemas.ts";
import type { MessageStore } from "./store.ts";

interface ById {
  readonly id: string;
}
interface ByChannel {
  readonly channelId: string;
}

/** Adds the routes. */
export function messageRoutes(app: FastifyInstance, store: MessageStore, cache: MessageCache): void {
  app.get<{ Params: ById }>("/messages/:id", { schema: schemas.get }, async ({ params, userId }) => {
    const cached = await cache.read(params.id, userId);
    if (cached !== undefined) return cached;
    const message = await store.get(params.id, userId);
    await cache.keep(message, userId);
    return message;
  });

  app.get<{ Params: ByChannel; Querystring: { limit: number; cursor?: string } }>(
    "/channels/:channelId/messages",
    { schema: schemas.list },
    ({ params, query, userId }) => store.list(params.channelId, userId, query.limit, query.cursor),
  );

  app.post<{ Params: ByChannel; Body: { body: string } }>(
    "/channels/:channelId/messages",
    { schema: schemas.post },
    async ({ params, body, userId }, reply) => {
      const message = await store.post(params.channelId, userId, body.body.trim().normalize("NFC"));
      void reply.status(201).header("location", `/v1/messages/${message.id}`);
      return message;
    },
  );

  app.patch<{ Params: ById; Body: { body: string; version: number } }>(
    "/messages/:id",
    { schema: schemas.edit },
    async ({ params, body, userId }) => {
      const message = await store.edit(params.id, userId, body.version, body.body.trim().normalize("NFC"));
      await cache.drop(message.id);
      return message;
    },
  );
}
