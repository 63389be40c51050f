// The public subpath trivium/redis: the store port on a Redis or Valkey server.

export type { RedisRoundTrip } from "./connection.ts";
export { createRedisStore, type RedisStoreOptions } from "./redis-store.ts";
