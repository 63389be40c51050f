// The public subpath trivium/redis: the store port on a Redis or Valkey server.

export { createRedisStore, type RedisStoreOptions } from "./redis-store.ts";
export type { RedisRoundTrip } from "./round-trip.ts";
