// A migration: numbered SQL that is applied once.

import { createHash } from "node:crypto";

/** One step of a schema. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  /** `add_channels` */
  readonly name: string;
  readonly text: string;
  /** Of the text; the same whatever its line ends are. */
  readonly checksum: string;
}

/** The migrations of one ledger, in order. */
export interface MigrationSet {
  readonly ledger: "trivium" | "app";
  readonly migrations: readonly Migration[];
}

/** A migration from its parts. */
export function migrationFrom(number: number, name: string, text: string): Migration {
  const checksum = createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
  return { number, name, text, checksum };
}

/** `0001_add_channels` */
export function migrationLabel(migration: { readonly number: number; readonly name: string }): string {
  return `${String(migration.number).padStart(4, "0")}_${migration.name}`;
}
