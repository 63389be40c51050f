// What has been applied: one row per migration, in the database that it changed.

import type { Database } from "../database.ts";
import { sql } from "../statement.ts";
import type { Migration, MigrationSet } from "./migration.ts";

/** A row of the ledger. */
export interface LedgerRow {
  readonly ledger: string;
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: string;
}

/** Makes the schema and the ledger where they are missing. To be called under the migrations' lock. */
export async function createLedger(database: Database): Promise<void> {
  await database.query(sql`create schema if not exists trivium;
    create table if not exists trivium.migration (
      ledger text not null,
      number integer not null,
      name text not null,
      checksum text not null,
      applied_at timestamptz(3) not null default now(),
      primary key (ledger, number)
    )`);
}

/** Everything applied, in order; nothing where there is no ledger. */
export async function readLedger(database: Database): Promise<LedgerRow[]> {
  const { rows } = await database.query(sql`select to_regclass('trivium.migration') is not null as exists`);
  if (rows[0]?.exists !== true) return [];
  const answer = await database.query(
    sql`select ledger, number, name, checksum, applied_at as "appliedAt" from trivium.migration order by ledger, number`,
  );
  // The columns are those of the table above.
  return answer.rows as unknown as LedgerRow[];
}

/** The statement that records a migration; it belongs in the migration's own transaction. */
export function recordStatement(ledger: MigrationSet["ledger"], migration: Migration) {
  const { number, name, checksum } = migration;
  return sql`insert into trivium.migration (ledger, number, name, checksum) values (${ledger}, ${number}, ${name}, ${checksum})`;
}
