// One limit per user over all calls: a fixed window, counted in Redis by one script.

import { type CommandParser, createClient, defineScript } from "@redis/client";
import type { FastifyInstance } from "fastify";
import { PeerError } from "./errors.ts";

/** The scripts that the client loads. */
export const limitScripts = {
  countCall: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: `
      local count = redis.call("INCR", KEYS[1])
      if count == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
      return { count, redis.call("PTTL", KEYS[1]) }`,
    parseCommand(parser: CommandParser, key: string, window: string) {
      parser.pushKey(key);
      parser.push(window);
    },
    // The reply needs no transformation: the cast only names its type, as the client's documentation does it.
    transformReply: undefined as unknown as () => [count: number, left: number],
  }),
};

/** A client with the peer's scripts. */
export type PeerRedis = ReturnType<typeof peerRedis>;

function peerRedis() {
  return createClient({ scripts: limitScripts });
}

const callsPerWindow = 10_000;
const windowMillis = 60_000;

/** Counts every call of a user and refuses what is too much. */
export function limitCalls(app: FastifyInstance, redis: PeerRedis): void {
  const window = String(windowMillis);
  app.addHook("onRequest", async (request, reply) => {
    const [count = 0, left = 0] = await redis.countCall(`limit:${request.userId}`, window);
    const reset = Math.ceil(left / 1000);
    void reply.header("x-ratelimit-limit", callsPerWindow);
    void reply.header("x-ratelimit-remaining", Math.max(0, callsPerWindow - count));
    void reply.header("x-ratelimit-reset", reset);
    if (count <= callsPerWindow) return;
    void reply.header("retry-after", reset);
    throw new PeerError(429, "RATE_LIMITED", "Too many calls");
  });
}
