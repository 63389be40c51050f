// Brings a database's schema to what the code needs, or refuses to start on one that is behind.

import { SetupError } from "../../core/setup-error.ts";
import type { Database } from "../../database/database.ts";
import { type MigrationStatus, migrateUp, migrationStatus } from "../../database/migrations/migrate.ts";
import { columnProblems } from "../../repository/sources/table-columns.ts";
import type { Log } from "../../service/context.ts";
import type { App } from "../app.ts";
import type { Configuration } from "../config/configuration.ts";
import { assertWatched, fencesWrites, watchTables } from "./cache.ts";
import type { Storage } from "./storage.ts";
import { openStore, type StoreConfiguration } from "./store.ts";

/** Milliseconds; less than a store that was wiped stays closed. */
const sealInterval = 20_000;

/**
 * Applies what is pending; answers what it was. While it runs no process serves or keeps a cached answer, and afterwards
 * the cache is cold: without its store, where there is one, nothing is migrated.
 */
export async function migrate(
  app: App,
  storage: Pick<Storage, "kind" | "database">,
  configuration: StoreConfiguration,
): Promise<readonly MigrationStatus[]> {
  const { database } = storage;
  const store = (await wasMigrated(database)) ? await openStore(app, configuration, storage) : undefined;
  // Again and again: a store that is wiped meanwhile forgets that it was sealed, and would open by itself.
  const sealing = setInterval(() => void store?.seal().catch(() => undefined), sealInterval).unref();
  try {
    await store?.seal();
    const applied = await migrateUp(database, app.definition.migrations);
    if (fencesWrites(app, configuration)) await watchTables(app, database);
    return applied;
  } finally {
    clearInterval(sealing);
    await store?.renew();
    await store?.close();
  }
}

/**
 * Migrates by itself where no other process can be running on the old schema: on the embedded database, and in
 * development and tests. On a server in production that is a step of the deployment: there, pending migrations are a
 * SetupError that says so, as are everywhere columns that do not fit a mapping, and what would change cached tables unseen.
 */
export async function prepareSchema(
  app: App,
  storage: Pick<Storage, "kind" | "database">,
  configuration: Pick<Configuration, "environment"> & StoreConfiguration,
  log: Pick<Log, "info">,
): Promise<void> {
  const { database } = storage;
  const isCaching = fencesWrites(app, configuration);
  const status = await migrationStatus(database, app.definition.migrations);
  const behind = status.filter(({ state }) => state !== "applied");
  if (storage.kind !== "embedded" && configuration.environment === "production") refuseBehind(behind);
  else if (behind.length > 0) {
    for (const { ledger, number, name } of await migrate(app, storage, configuration))
      log.info({ ledger, number, name }, "migrated");
  } else if (isCaching) await watchTables(app, database);
  await assertColumns(app, database);
  if (isCaching) await assertWatched(app, database);
}

async function assertColumns({ definition }: App, database: Database): Promise<void> {
  const problems = await columnProblems(database, definition.tables ?? []);
  if (problems.length > 0) throw new SetupError(problems, "The database does not fit the tables of the app");
}

function refuseBehind(behind: readonly MigrationStatus[]): void {
  if (behind.length === 0) return;
  const problems = behind.map(({ ledger, number, name, state }) => `migration ${ledger} ${number} ${name} is ${state}`);
  throw new SetupError(
    [...problems, "run `trivium migrate up` before this version is started"],
    "The schema does not fit",
  );
}

/** Whether the foundation's own schema is there: before it there was no store. */
async function wasMigrated(database: Database): Promise<boolean> {
  const text = "select to_regclass('trivium.installation') is not null as there";
  const { rows } = await database.query({ text, values: [] });
  return rows[0]?.there === true;
}
