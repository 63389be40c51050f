// Shards: the unit in which relays and consumers share work. All events of one key are in one shard.

/** How many shards there are. Stored in every outbox row: never changes. */
export const shardCount = 64;

const encoder = new TextEncoder();

/**
 * The shard of a key: its hash modulo 64. Guarantee: the same in every version, since rows that were written keep theirs.
 */
export function shardOf(key: string): number {
  return hashOf(key) % shardCount;
}

/** 32-bit FNV-1a over a key's UTF-8 bytes. The same in every version. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
