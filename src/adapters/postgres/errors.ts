// The driver's errors as errors of the port.

import type { Backend } from "../../database/database.ts";
import { DatabaseError, kindFromSqlState } from "../../database/database-error.ts";

/** What a server's error response holds, as both drivers give it. */
export interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly constraint?: string | undefined;
}

/** Whether the server itself sent this error. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && "severity" in error && "code" in error && typeof error.code === "string";
}

/** Whether the server ends the session with this error. */
export function isFatal(error: ServerError): boolean {
  return error.severity === "FATAL" || error.severity === "PANIC";
}

/** A statement's error. Without an error response, what is not a lost connection is a defect of the statement. */
export function databaseErrorFrom(error: unknown, backend: Backend | undefined, lost: boolean): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!isServerError(error)) {
    return new DatabaseError(lost ? "unavailable" : "statement", message, { backend, cause: error });
  }
  const kind = isFatal(error) ? "unavailable" : kindFromSqlState(error.code);
  return new DatabaseError(kind, message, {
    sqlState: error.code,
    constraint: error.constraint,
    backend,
    cause: error,
  });
}

/**
 * The error of a COMMIT that was sent. An error of the statement says that nothing took effect; the end of the session
 * says nothing, for it may come after the commit.
 */
export function commitErrorFrom(error: unknown, backend: Backend | undefined): DatabaseError {
  if (isServerError(error) && (error.severity === "ERROR" || /^(23|40)/.test(error.code))) {
    return databaseErrorFrom(error, backend, false);
  }
  return new DatabaseError("outcome unknown", "The connection was lost after COMMIT was sent", {
    backend,
    cause: error,
  });
}
