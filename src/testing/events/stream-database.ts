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
  /** Terminates all connections of what `connect` opened, on the server; not those of `database`. */
  cutOthers(): Promise<void>;
  /** Ends everything that was opened. */
  close(): Promise<void>;
}

/** Opens one. The caller closes it. */
export async function openStreamDatabase(): Promise<StreamDatabase> {
  const server = await startPostgres();
  const { url, drop } = await server.createDatabase();
  const opened: Database[] = [];
  const open = async (application: string): Promise<Database> => {
    const named = new URL(url);
    named.searchParams.set("application_name", application);
    const database = await createPostgresDatabase({ url: named.href });
    opened.push(database);
    return database;
  };
  const database = await open("test");
  const cutOthers = async (): Promise<void> => {
    const text = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'other'`;
    await database.query({ text, values: [] });
  };
  await migrateUp(database, undefined);
  await database.query({ text: effectTable, values: [] });
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
    await drop();
    await server.stop();
  };
  return { url, database, connect: () => open("other"), cutOthers, close };
}
