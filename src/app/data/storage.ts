// Opens the database that the configuration names: PostgreSQL by DATABASE_URL, else PGlite in the data folder.

import type { Database } from "../../database/database.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import { sqlRowSource } from "../../repository/sources/sql-rows.ts";
import type { Environment } from "../../service/environment.ts";
import type { RecordStore } from "../../service/records/commit-records.ts";
import { createSqlRecords } from "../../service/records/sql-records.ts";
import type { Configuration } from "../config/configuration.ts";

/** An open database, and what only one of the kinds can tell. */
export interface Storage {
  readonly kind: "postgresql" | "embedded" | "memory";
  readonly database: Database;
  /** Where the repository's rows are, seen through a session. */
  readonly rowsOver: Environment["rowsOver"];
  /** Where units of work leave their events and records. */
  readonly records: RecordStore;
  /** Connections: open, unused, and calls that wait for one. */
  stats(): { readonly size: number; readonly idle: number; readonly waiting: number };
  /** Tells the other processes of this user how to reach the owner of the data; nothing to tell on a server. */
  publish(address: string, secret: string): Promise<void>;
}

const inSql: Pick<Storage, "rowsOver" | "records"> = {
  rowsOver: (session) => sqlRowSource((statement) => session.query(statement)),
  records: createSqlRecords(),
};

/** What opening a database needs to know. */
export type StorageConfiguration = Pick<Configuration, "databaseUrl" | "databasePoolMax" | "dataDir">;

/** What sessions are observed by and set to. */
export interface StorageOptions {
  readonly observe?: DatabaseObserver | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/**
 * Opens it. Adapters are loaded only when they are needed, so that a missing package is an error that says what to
 * install. Throws SetupError; FolderOwnedError (with the owner) when another process has the data folder.
 */
export async function openStorage(
  configuration: StorageConfiguration,
  { observe, settings }: StorageOptions = {},
): Promise<Storage> {
  const { databaseUrl, databasePoolMax, dataDir } = configuration;
  if (databaseUrl !== undefined) {
    const { createPostgresDatabase } = await import("../../adapters/postgres/index.ts");
    const database = await createPostgresDatabase({ url: databaseUrl, max: databasePoolMax, observe, settings });
    return { kind: "postgresql", database, ...inSql, stats: () => database.stats(), publish: async () => undefined };
  }
  const { createEmbeddedDatabase } = await import("../../adapters/embedded/index.ts");
  const database = await createEmbeddedDatabase({ folder: dataDir, observe, settings });
  return {
    kind: "embedded",
    database,
    ...inSql,
    stats: () => database.stats(),
    publish: (address, secret) => database.publish(address, secret),
  };
}
