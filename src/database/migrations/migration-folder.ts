// An app's migrations as files: 0001_name.sql, 0002_name.sql and so on.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SetupError } from "../../core/setup-error.ts";
import { type Migration, type MigrationSet, migrationFrom, migrationLabel } from "./migration.ts";

const subject = "The migrations cannot be read";
const fileName = /^(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)*)\.sql$/;
/** A migration runs in one transaction with its row in the ledger; it may not end it. */
const endsTransaction = /^\s*(?:begin|start\s+transaction|commit|end|rollback)(?:\s+(?:work|transaction))?\s*;/im;

/** The migrations of a folder. Throws SetupError naming every file that is wrong; a missing folder has none. */
export async function readMigrations(folder: URL): Promise<MigrationSet> {
  const problems: string[] = [];
  const migrations: Migration[] = [];
  for (const file of await sqlFiles(folder)) {
    const parts = fileName.exec(file);
    if (parts === null) {
      problems.push(`${file}: a migration is named like 0001_add_channels.sql`);
      continue;
    }
    const text = await readFile(new URL(file, slashed(folder)), "utf8");
    if (endsTransaction.test(text)) problems.push(`${file}: remove BEGIN and COMMIT, it runs in a transaction anyway`);
    migrations.push(migrationFrom(Number(parts[1]), parts[2] ?? "", text));
  }
  migrations.forEach((migration, index) => {
    if (migration.number === index + 1) return;
    const expected = String(index + 1).padStart(4, "0");
    problems.push(
      `${migrationLabel(migration)}.sql: its number should be ${expected}; numbers have no gaps or doubles`,
    );
  });
  if (problems.length > 0) throw new SetupError(problems, subject);
  return { ledger: "app", migrations };
}

/**
 * Makes the folder's next file, `0002_name.sql`, with a comment in it. Returns where it is. Throws SetupError when the
 * name is not made of lower-case letters, digits and underscores, or the folder's files are wrong.
 */
export async function newMigration(folder: URL, name: string): Promise<URL> {
  const { migrations } = await readMigrations(folder);
  const file = `${migrationLabel({ number: migrations.length + 1, name })}.sql`;
  if (!fileName.test(file)) {
    throw new SetupError([`"${name}": a name is made of lower-case letters, digits and underscores`], subject);
  }
  await mkdir(folder, { recursive: true });
  const place = new URL(file, slashed(folder));
  const comment =
    "-- Runs in one transaction. Must fit the previous version of the app too, which runs during an update.\n";
  await writeFile(place, comment, { flag: "wx" });
  return place;
}

async function sqlFiles(folder: URL): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files.filter((file) => file.endsWith(".sql")).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new SetupError([`${fileURLToPath(folder)}: ${error instanceof Error ? error.message : error}`], subject);
  }
}

/** Without the slash a URL's last part would be replaced, not entered. */
function slashed(folder: URL): URL {
  return folder.pathname.endsWith("/") ? folder : new URL(`${folder.href}/`);
}
