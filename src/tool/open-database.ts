// The database of a project, as its configuration names it: the same one that the app's own program opens.

import { resolve } from "node:path";
import { type Configuration, loadConfiguration } from "../app/config/configuration.ts";
import { loadDevelopmentEnvFile } from "../app/config/env-file.ts";
import { openStorage, type Storage } from "../app/data/storage.ts";
import type { Database } from "../database/database.ts";
import type { Printer } from "./printer.ts";
import type { Project } from "./project.ts";

/** What was opened, beside the database itself. */
interface Opened {
  readonly storage: Storage;
  readonly configuration: Configuration;
}

/**
 * Runs `work` on the database and closes it. `.env` and a relative data folder count from the project's root. Throws
 * SetupError where the configuration is wrong or the database cannot be opened, as when a running process owns the data
 * folder.
 */
export async function onDatabase<T>(
  { root }: Project,
  printer: Printer,
  work: (database: Database, opened: Opened) => Promise<T>,
): Promise<T> {
  loadDevelopmentEnvFile(root);
  const { configuration, warnings } = loadConfiguration(process.env);
  for (const warning of warnings) await printer.say(`warning: ${warning}`);
  const storage = await openStorage({ ...configuration, dataDir: resolve(root, configuration.dataDir) });
  const { database } = storage;
  try {
    return await work(database, { storage, configuration });
  } finally {
    await database.close();
  }
}
