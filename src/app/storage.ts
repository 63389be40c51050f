// Opens the database that the configuration names: PostgreSQL by DATABASE_URL, else PGlite in the data folder.

import type { Database } from "../database/database.ts";
import type { DatabaseObserver } from "../database/observation.ts";
import type { EventSink } from "../events/event-record.ts";
import { createOutbox } from "../events/outbox.ts";
import { sqlRowSource } from "../repository/sources/sql-rows.ts";
import type { Environment } from "../service/environment.ts";
import type { Configuration } from "./config/configuration.ts";

/** An open database, and what only one of the kinds can tell. */
export interface Storage {
  readonly kind: "postgresql" | "embedded" | "memory";
  readonly database: Database;
  /** Where the repository's rows are, seen through a session. */
  readonly rowsOver: Environment["rowsOver"];
  /** Where a unit of work leaves its events. */
  readonly events: EventSink;
  /** Connections: open, unused, and calls that wait for one. */
  stats(): { readonly size: number; readonly idle: number; readonly waiting: number };
  /** Tells the other processes of this user how to reach the owner of the data; nothing to tell on a server. */
  publish(address: string, secret: string): Promise<void>;
}

const inSql: Pick<Storage, "rowsOver" | "events"> = {
  rowsOver: (session) => sqlRowSource((statement) => session.query(statement)),
  events: createOutbox(),
};

/** What opening a database needs to know. */
export type StorageConfiguration = Pick<Configuration, "databaseUrl" | "databasePoolMax" | "dataDir">;

/**
 * Opens it. Adapters are loaded only when they are needed, so that a missing package is an error that says what to
 * install. Throws SetupError; FolderOwnedError (with the owner) when another process has the data folder.
 */
export async function openStorage(configuration: StorageConfiguration, observe?: DatabaseObserver): Promise<Storage> {
  const { databaseUrl, databasePoolMax, dataDir } = configuration;
  if (databaseUrl !== undefined) {
    const { createPostgresDatabase } = await import("../adapters/postgres/index.ts");
    const database = await createPostgresDatabase({ url: databaseUrl, max: databasePoolMax, observe });
    return { kind: "postgresql", database, ...inSql, stats: () => database.stats(), publish: async () => undefined };
  }
  const { createEmbeddedDatabase } = await import("../adapters/embedded/index.ts");
  const database = await createEmbeddedDatabase({ folder: dataDir, observe });
  return {
    kind: "embedded",
    database,
    ...inSql,
    stats: () => database.stats(),
    publish: (address, secret) => database.publish(address, secret),
  };
}
