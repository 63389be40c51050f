// Who owns a data folder: PGlite has one connection, so one process. The others find its address here.

import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How the owner of a data folder is reached by the same user of the machine. */
export interface OwnerRecord {
  readonly pid: number;
  /** Base URL of its HTTP road. Empty until it listens. */
  readonly address: string;
  /** Lets the local user act through the owner. */
  readonly secret: string;
}

/** The ownership of a data folder. */
export interface Ownership {
  /** Tells others how to reach this process, in a file that only the same user can read. */
  publish(address: string, secret: string): Promise<void>;
  /** Gives the folder up. The operating system does it when the process dies. */
  release(): Promise<void>;
}

/**
 * The ownership of a folder that exists, or undefined when another process has it.
 * Guarantee: at most one owner at a time; a dead one does not block, for the operating system frees its file lock.
 */
export async function tryOwn(folder: string): Promise<Ownership | undefined> {
  const lock = new DatabaseSync(join(folder, "owner.lock"));
  try {
    // Journal in memory: no second file, and nothing to clean up after a crash.
    lock.exec("pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  const publish = (address: string, secret: string): Promise<void> =>
    writeOwner(folder, { pid: process.pid, address, secret });
  try {
    await publish("", "");
  } catch (error) {
    lock.close();
    throw error;
  }
  const release = async (): Promise<void> => {
    if (!lock.isOpen) return;
    await rm(ownerPath(folder), { force: true });
    lock.close();
  };
  return { publish, release };
}

/** What the owner published; undefined when nothing was, or this user may not read it. It may be of a dead owner. */
export async function readOwner(folder: string): Promise<OwnerRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(ownerPath(folder), "utf8"));
    return isOwnerRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function ownerPath(folder: string): string {
  return join(folder, "owner.json");
}

/** Written beside and moved, so that a reader never sees half of it. */
async function writeOwner(folder: string, record: OwnerRecord): Promise<void> {
  const next = `${ownerPath(folder)}.next`;
  await rm(next, { force: true });
  await writeFile(next, JSON.stringify(record), { mode: 0o600, flag: "wx" });
  await chmod(next, 0o600);
  await rename(next, ownerPath(folder));
}

function isOwnerRecord(value: unknown): value is OwnerRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "address" in value &&
    typeof value.address === "string" &&
    "secret" in value &&
    typeof value.secret === "string"
  );
}

/** SQLITE_BUSY or SQLITE_LOCKED. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 5 || error.errcode === 6);
}
