// Opens the store that the configuration names: Redis by REDIS_URL beside PostgreSQL, memory beside the embedded database.

import type { Database } from "../../database/database.ts";
import { createMemoryStore } from "../../store/memory-store.ts";
import type { Store } from "../../store/store.ts";
import type { App } from "../app.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Storage } from "./storage.ts";

/** What opening a store needs to know. */
export type StoreConfiguration = Pick<Configuration, "redisUrl" | "databaseUrl">;

/**
 * Opens it, once the schema is there; undefined beside a PostgreSQL server without REDIS_URL: a store in memory would
 * serve stale answers as soon as there is a second process. Throws SetupError with what to do.
 */
export async function openStore(
  app: App,
  { redisUrl }: StoreConfiguration,
  { kind, database }: Pick<Storage, "kind" | "database">,
): Promise<Store | undefined> {
  if (kind !== "postgresql") return createMemoryStore();
  if (redisUrl === undefined) return undefined;
  const { createRedisStore } = await import("../../adapters/redis/index.ts");
  const { id, firstEver } = await useOfStore(database);
  return createRedisStore({ url: redisUrl, prefix: `trivium:{${app.definition.name}:${id}}:`, firstEver });
}

/**
 * The database's own id, by which stores keep apart what belongs to different databases; and whether this is the first
 * time that a store is used beside it, so that none can have lost anything.
 */
async function useOfStore(database: Database): Promise<{ id: string; firstEver: boolean }> {
  const first = await database.query({
    text: "update trivium.installation set store_used_at = now() where store_used_at is null returning id::text",
    values: [],
  });
  const { rows } = await database.query({ text: "select id::text from trivium.installation", values: [] });
  return { id: rows[0]?.id as string, firstEver: first.rows.length > 0 }; // the migration made exactly one row
}
