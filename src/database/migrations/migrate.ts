// Brings a database's schema to what the code expects: the foundation's migrations first, then the app's.

import { SetupError } from "../../core/setup-error.ts";
import type { CallLimits, Database } from "../database.ts";
import { DatabaseError } from "../database-error.ts";
import { foundationSchema } from "../schema/foundation-schema.ts";
import { sql } from "../statement.ts";
import { createLedger, type LedgerRow, readLedger, recordStatement } from "./ledger.ts";
import { type Migration, type MigrationSet, migrationLabel } from "./migration.ts";
import { readMigrations } from "./migration-folder.ts";

const subject = "The migrations cannot run";

/**
 * - `applied`, `pending`: as it should be.
 * - `changed`: applied, and its text is another now.
 * - `unknown`: applied, but the code does not have it: a newer version of the app did.
 */
export type MigrationState = "applied" | "pending" | "changed" | "unknown";

/** One migration of the code or the database. */
export interface MigrationStatus {
  readonly ledger: string;
  readonly number: number;
  readonly name: string;
  readonly state: MigrationState;
  readonly appliedAt: string | undefined;
}

/** Compares code and database; changes nothing. `folder` holds the app's migrations. */
export async function migrationStatus(database: Database, folder: URL | undefined): Promise<MigrationStatus[]> {
  return statusOf(await migrationSets(folder), await readLedger(database));
}

/**
 * Applies what is pending and returns it, in order. Each migration runs in one transaction with its row in the ledger;
 * a lock lets one process at a time do it, and the others find nothing left to do. Throws SetupError, having applied
 * nothing, when an applied one was changed, is unknown or a pending one comes before it; or when a migration fails,
 * whose own transaction is then rolled back.
 */
export async function migrateUp(
  database: Database,
  folder: URL | undefined,
  limits: CallLimits = {},
): Promise<MigrationStatus[]> {
  const sets = await migrationSets(folder);
  const lock = await database.locks.acquire("trivium.migrations", limits);
  try {
    await createLedger(database);
    const status = statusOf(sets, await readLedger(database));
    assertInOrder(status);
    const signal = limits.signal === undefined ? lock.lost : AbortSignal.any([lock.lost, limits.signal]);
    const applied = new Set(status.filter((row) => row.state === "applied").map(keyOf));
    for (const { ledger, migrations } of sets) {
      for (const migration of migrations) {
        if (!applied.has(keyOf({ ledger, ...migration })))
          await apply(database, ledger, migration, { ...limits, signal });
      }
    }
    const pending = new Set(status.filter((row) => row.state === "pending").map(keyOf));
    return statusOf(sets, await readLedger(database)).filter((row) => pending.has(keyOf(row)));
  } finally {
    await lock.release();
  }
}

async function migrationSets(folder: URL | undefined): Promise<MigrationSet[]> {
  return folder === undefined ? [foundationSchema] : [foundationSchema, await readMigrations(folder)];
}

function statusOf(sets: readonly MigrationSet[], rows: readonly LedgerRow[]): MigrationStatus[] {
  const unseen = new Map(rows.map((row) => [keyOf(row), row]));
  const known = sets.flatMap(({ ledger, migrations }) =>
    migrations.map((migration): MigrationStatus => {
      const row = unseen.get(keyOf({ ledger, number: migration.number }));
      unseen.delete(keyOf({ ledger, number: migration.number }));
      const state = row === undefined ? "pending" : row.checksum === migration.checksum ? "applied" : "changed";
      return { ledger, number: migration.number, name: migration.name, state, appliedAt: row?.appliedAt };
    }),
  );
  const ledgers = new Set<string>(sets.map((set) => set.ledger));
  const unknown = [...unseen.values()]
    .filter((row) => ledgers.has(row.ledger))
    .map(({ checksum: _, ...row }): MigrationStatus => ({ ...row, state: "unknown" }));
  return [...known, ...unknown];
}

function keyOf(row: { readonly ledger: string; readonly number: number }): string {
  return `${row.ledger} ${row.number}`;
}

function assertInOrder(status: readonly MigrationStatus[]): void {
  const problems = status.flatMap((row) => {
    const label = `${row.ledger} ${migrationLabel(row)}`;
    const isPassed = status.some(
      (other) => other.ledger === row.ledger && other.number > row.number && other.appliedAt,
    );
    if (row.state === "changed") {
      return [
        `${label} was changed after it was applied on ${row.appliedAt}: restore its text, and write the change as a new migration`,
      ];
    }
    if (row.state === "unknown") {
      return [
        `${label} was applied on ${row.appliedAt}, but this code does not have it: run the version that does, or restore the file`,
      ];
    }
    if (row.state === "pending" && isPassed) {
      return [`${label} was never applied, but a later one was: give it the next free number`];
    }
    return [];
  });
  if (problems.length > 0) throw new SetupError(problems, subject);
}

async function apply(
  database: Database,
  ledger: MigrationSet["ledger"],
  migration: Migration,
  limits: CallLimits,
): Promise<void> {
  const transaction = await database.begin({ isolation: "read committed", ...limits });
  try {
    // Waiting for a table's lock makes all later users of the table wait behind: rather fail and be run again.
    await transaction.query(sql`set local lock_timeout = '10s'`);
    await transaction.query({ text: migration.text, values: [] });
    await transaction.query(recordStatement(ledger, migration));
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    if (!(error instanceof DatabaseError)) throw error;
    const place = placeOf(migration.text, error);
    throw new SetupError([`${ledger} ${migrationLabel(migration)} failed${place}: ${error.message}`], subject);
  }
}

/** The server counts characters from 1. */
function placeOf(text: string, error: DatabaseError): string {
  const cause = error.cause;
  const position = cause instanceof Error && "position" in cause ? Number(cause.position) : Number.NaN;
  return Number.isNaN(position) ? "" : ` at line ${text.slice(0, position).split("\n").length}`;
}
