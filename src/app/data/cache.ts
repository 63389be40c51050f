// Whether an app caches, and what the database must know of it.

import { insideSession, undeclaredEffects, unwatchedTables, watchOutsideWrites } from "../../cache/outside-writes.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { Database } from "../../database/database.ts";
import type { App } from "../app.ts";
import type { Configuration } from "../config/configuration.ts";

/** Whether any query's answers are kept: where none is, writes fence nothing. */
export function cachesAnswers({ registry }: App): boolean {
  return registry.operations.some(({ contract }) => contract.cache !== undefined);
}

/** Whether processes with this configuration fence what they write: there is a store, and something to keep in it. */
export function fencesWrites(
  app: App,
  { databaseUrl, redisUrl }: Pick<Configuration, "databaseUrl" | "redisUrl">,
): boolean {
  return cachesAnswers(app) && (databaseUrl === undefined || redisUrl !== undefined);
}

/**
 * The settings of a process's sessions: marked where it fences its own writes, so that the triggers on the tables see
 * only what others write; also another process that has no store, as during a change of configuration.
 */
export function sessionSettings(
  app: App,
  configuration: Pick<Configuration, "databaseUrl" | "redisUrl">,
): Readonly<Record<string, string>> | undefined {
  return fencesWrites(app, configuration) ? insideSession : undefined;
}

/** A part of migrating, where there is a store: the triggers that see writes from outside. */
export async function watchTables(app: App, database: Database): Promise<void> {
  await watchOutsideWrites(database, app.definition.tables ?? []);
}

/** Throws SetupError for what could change mapped tables unseen by a process that caches. */
export async function assertWatched(app: App, database: Database): Promise<void> {
  const tables = app.definition.tables ?? [];
  const unwatched = await unwatchedTables(database, tables);
  const problems = [
    ...unwatched.map(
      (name) =>
        `table "${name}" is not watched for writes from outside: run \`trivium migrate up\` with this configuration`,
    ),
    ...(await undeclaredEffects(database, tables)),
  ];
  if (problems.length > 0) throw new SetupError(problems, "The database does not fit the cache");
}
