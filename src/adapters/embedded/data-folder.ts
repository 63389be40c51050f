// The data folder: checked, and its database made where there is none.

import { access, constants, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { SetupError } from "../../core/setup-error.ts";
import type { PGliteModule } from "./pglite.ts";

/** The major version of PostgreSQL that this PGlite is. */
const postgresMajor = "18";

/** Makes the folder, readable by its owner only, or sees that it can be used. Throws SetupError. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** Why the folder cannot be used, and what to do. */
function folderError(folder: string, error: unknown): SetupError {
  const code = codeOf(error);
  const what =
    code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR"
      ? "has a file where a folder is needed, or a folder where a file is: move it away"
      : "cannot be read and written: correct its rights";
  return new SetupError([`the data folder ${folder} ${what}, or set TRIVIUM_DATA_DIR to another folder (${code})`]);
}

/** Why nobody can own the folder: its lock or the owner's record is no file that can be written. */
export function ownerFileError(folder: string, error: unknown): SetupError {
  return new SetupError([
    `owner.lock or owner.json in the data folder ${folder} cannot be used (${error instanceof Error ? error.message : error}): move both away, or set TRIVIUM_DATA_DIR to another folder`,
  ]);
}

/** Opens the folder's database. Throws SetupError when another version wrote it or it cannot be opened. */
export async function openFolder(folder: string, module: PGliteModule): Promise<PGlite> {
  const data = join(folder, "pgdata");
  await assertVersion(folder, data);
  if (!(await exists(data))) await createData(data, module);
  try {
    return await module.PGlite.create(data);
  } catch (error) {
    throw new SetupError([
      `the database in ${folder} cannot be opened (${error instanceof Error ? error.message : error}): restore the folder from a backup, or set TRIVIUM_DATA_DIR to another folder`,
    ]);
  }
}

/** Made beside its place and then moved, so that a start that is killed leaves no half database behind. */
async function createData(data: string, module: PGliteModule): Promise<void> {
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const pglite = await module.PGlite.create(unfinished);
  await pglite.close();
  await rename(unfinished, data);
}

async function assertVersion(folder: string, data: string): Promise<void> {
  if (await exists(join(folder, "PG_VERSION"))) {
    throw new SetupError([
      `the data folder ${folder} is the data directory of a PostgreSQL server: set TRIVIUM_DATA_DIR to another folder`,
    ]);
  }
  if (!(await exists(data))) return;
  const version = await readVersion(data);
  if (version.trim() === postgresMajor) return;
  throw new SetupError([
    `the database in ${folder} was written by PostgreSQL ${version.trim()}, and this version of PGlite is PostgreSQL ${postgresMajor}: open it with the version that wrote it, or set TRIVIUM_DATA_DIR to another folder`,
  ]);
}

async function readVersion(data: string): Promise<string> {
  try {
    return await readFile(join(data, "PG_VERSION"), "utf8");
  } catch (error) {
    throw folderError(data, error);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR",
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
