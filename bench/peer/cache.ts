// Cache-aside: a message by its id, and that a user may read it. Both are asked for in one round trip.
// As teams write it: a reader that loaded before an edit and stores after it leaves the old message for up to a minute.

import type { PeerRedis } from "./limit.ts";
import type { Message } from "./store.ts";

/** Messages in Redis. */
export interface MessageCache {
  /** The message if it is there and the user is known to be a reader of it. */
  read(id: string, userId: string): Promise<Message | undefined>;
  /** Keeps a message that the user may read. */
  keep(message: Message, userId: string): Promise<void>;
  drop(id: string): Promise<void>;
}

const seconds = 60;

/** Creates the cache. */
export function createMessageCache(redis: PeerRedis): MessageCache {
  const messageKey = (id: string): string => `message:${id}`;
  const readerKey = (id: string, userId: string): string => `reader:${id}:${userId}`;
  return {
    async read(id, userId) {
      const [text, reader] = await redis.mGet([messageKey(id), readerKey(id, userId)]);
      return text && reader ? JSON.parse(text) : undefined;
    },
    async keep(message, userId) {
      await Promise.all([
        redis.setEx(messageKey(message.id), seconds, JSON.stringify(message)),
        redis.setEx(readerKey(message.id, userId), seconds, "1"),
      ]);
    },
    async drop(id) {
      await redis.del(messageKey(id));
    },
  };
}
