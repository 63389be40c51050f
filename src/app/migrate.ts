// Brings a database's schema to what the code needs, or refuses to start on one that is behind.

import { SetupError } from "../core/setup-error.ts";
import { migrateUp, migrationStatus } from "../database/migrations/migrate.ts";
import type { Log } from "../service/context.ts";
import type { App } from "./app.ts";
import type { Configuration } from "./config/configuration.ts";
import type { Storage } from "./storage.ts";

/**
 * Migrates by itself where no other process can be running on the old schema: on the embedded database, and in
 * development and tests. On a server in production that is a step of the deployment: there, pending migrations are a
 * SetupError that says so.
 */
export async function prepareSchema(
  { definition }: App,
  { kind, database }: Pick<Storage, "kind" | "database">,
  { environment }: Pick<Configuration, "environment">,
  log: Pick<Log, "info">,
): Promise<void> {
  if (kind === "embedded" || environment !== "production") {
    for (const { ledger, number, name } of await migrateUp(database, definition.migrations)) {
      log.info({ ledger, number, name }, "migrated");
    }
    return;
  }
  const status = await migrationStatus(database, definition.migrations);
  const behind = status.filter(({ state }) => state !== "applied");
  if (behind.length === 0) return;
  const problems = behind.map(({ ledger, number, name, state }) => `migration ${ledger} ${number} ${name} is ${state}`);
  throw new SetupError(
    [...problems, "run `trivium migrate up` before this version is started"],
    "The schema does not fit",
  );
}
