// A PostgreSQL database with the foundation's schema and a table for effects, as one test file needs it.

import { createPostgresDatabase } from "../../adapters/postgres/index.ts";
import type { Database } from "../../database/database.ts";
import { migrateUp } from "../../database/migrations/migrate.ts";
import { startPostgres } from "../postgres/start-postgres.ts";
import { effectTable } from "./event-fixtures.ts";

/** A migrated database on a server. */
export interface StreamDatabase {
  readonly url: string;
  readonly database: Database;
  /** The same database as another process has it: with connections and locks of its own. */
  connect(): Promise<Database>;
  /** Ends everything that was opened. */
  close(): Promise<void>;
}

/** Opens one. The caller closes it. */
export async function openStreamDatabase(): Promise<StreamDatabase> {
  const server = await startPostgres();
  const { url, drop } = await server.createDatabase();
  const opened: Database[] = [];
  const connect = async (): Promise<Database> => {
    const database = await createPostgresDatabase({ url });
    opened.push(database);
    return database;
  };
  const database = await connect();
  await migrateUp(database, undefined);
  await database.query({ text: effectTable, values: [] });
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
    await drop();
    await server.stop();
  };
  return { url, database, connect, close };
}
