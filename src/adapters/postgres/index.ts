// The public subpath trivium/postgres: PostgreSQL as the database.

export type { PoolStats } from "./connection/pool.ts";
export {
  createPostgresDatabase,
  type PostgresDatabase,
  type PostgresOptions,
} from "./postgres-database.ts";
