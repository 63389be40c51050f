// What can go wrong in a database, in words that the unit of work can act on. Never shown to the public.

import type { Backend } from "./database.ts";

/**
 * - `conflict`: serialisation failure or deadlock (40001, 40P01): run the transaction again.
 * - `unique`: a unique constraint was broken (23505); `constraint` names it.
 * - `foreign key`: 23503. `check`: 23514, 23502 and other broken rules of data.
 * - `aborted`: COMMIT was answered by ROLLBACK.
 * - `cancelled`: the caller's signal or deadline ended the statement, or the server did (57014).
 * - `unavailable`: no connection, or it was lost before COMMIT was sent; nothing of the transaction took effect.
 * - `outcome unknown`: the connection was lost after COMMIT was sent.
 * - `statement`: anything else; a defect of the statement.
 */
export type DatabaseErrorKind =
  | "conflict"
  | "unique"
  | "foreign key"
  | "check"
  | "aborted"
  | "cancelled"
  | "unavailable"
  | "outcome unknown"
  | "statement";

/** An error of the database. The driver's own is the cause. */
export class DatabaseError extends Error {
  readonly kind: DatabaseErrorKind;
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
  readonly backend: Backend | undefined;

  constructor(
    kind: DatabaseErrorKind,
    message: string,
    details: {
      sqlState?: string | undefined;
      constraint?: string | undefined;
      backend?: Backend | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "DatabaseError";
    this.kind = kind;
    this.sqlState = details.sqlState;
    this.constraint = details.constraint;
    this.backend = details.backend;
  }
}

/** The kind of a SQLSTATE. */
export function kindFromSqlState(sqlState: string): DatabaseErrorKind {
  switch (sqlState) {
    case "40001":
    case "40P01":
      return "conflict";
    case "23505":
      return "unique";
    case "23503":
      return "foreign key";
    case "57014":
      return "cancelled";
    case "57P01":
    case "57P02":
    case "57P03":
      return "unavailable";
    default:
      if (sqlState.startsWith("23")) return "check";
      return sqlState.startsWith("08") || sqlState.startsWith("53") ? "unavailable" : "statement";
  }
}
