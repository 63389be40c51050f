// `trivium migrate up | status | new`: the schema of the database that the configuration names.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { migrate } from "../../app/data/migrate.ts";
import { SetupError } from "../../core/setup-error.ts";
import { type MigrationStatus, migrationStatus } from "../../database/migrations/migrate.ts";
import { newMigration } from "../../database/migrations/migration-folder.ts";
import { addCommand, addGroup, type CommonFlags, type Session, type ToolHost } from "../host.ts";
import { loadApp } from "../load-app.ts";
import { onDatabase } from "../open-database.ts";

interface StatusFlags extends CommonFlags {
  readonly check?: true;
}

/** Adds the group. `status` exits with 0 whatever it shows, and with 1 under `--check` unless all is applied. */
export function addMigrate(program: Command, host: ToolHost): void {
  const migrate = addGroup(program, "migrate", "Bring the database's schema to what the code needs");
  addCommand(
    migrate,
    "up",
    "Apply what is pending: the foundation's migrations, then the app's",
    "trivium migrate up",
  ).action((flags: CommonFlags) => host.run(flags, up));
  addCommand(
    migrate,
    "status",
    "Compare the database with the code: applied, pending, changed since it was applied, or unknown to the code",
    "trivium migrate status --check",
  )
    .option("--check", "Exit with 1 unless everything is applied")
    .action((flags: StatusFlags) => host.run(flags, (session) => status(session, flags.check === true)));
  addCommand(
    migrate,
    "new",
    "Make the next file in the app's folder of migrations, and print its path",
    "trivium migrate new add_channels",
  )
    .argument("<name>", "lower-case letters, digits and underscores")
    .action((name: string, flags: CommonFlags) => host.run(flags, (session) => create(session, name)));
}

async function up({ project, printer }: Session): Promise<number> {
  const app = await loadApp(project);
  const applied = await onDatabase(project, printer, (_, { storage, configuration }) =>
    migrate(app, storage, configuration),
  );
  await printer.rows(tableOf(applied));
  await printer.say(applied.length === 0 ? "nothing was pending" : `applied: ${applied.length}`);
  return 0;
}

async function status({ project, printer }: Session, check: boolean): Promise<number> {
  const { definition } = await loadApp(project);
  const rows = await onDatabase(project, printer, (database) => migrationStatus(database, definition.migrations));
  const behind = rows.filter(({ state }) => state !== "applied").length;
  await printer.rows(tableOf(rows));
  await printer.say(behind === 0 ? "the schema is up to date" : `not applied as it is in the code: ${behind}`);
  return check && behind > 0 ? 1 : 0;
}

async function create({ project, printer }: Session, name: string): Promise<number> {
  const { migrations } = (await loadApp(project)).definition;
  if (migrations === undefined)
    throw new SetupError(
      [`${project.app}: add \`migrations: new URL("./migrations/", import.meta.url)\` to createApp`],
      "The app has no folder of migrations",
    );
  const file = fileURLToPath(await newMigration(migrations, name));
  await printer.rows({ columns: ["file"], rows: [{ file: relative(process.cwd(), file) }] });
  return 0;
}

function tableOf(rows: readonly MigrationStatus[]) {
  return { columns: ["ledger", "number", "name", "state", "appliedAt"], rows: rows.map((row) => ({ ...row })) };
}
