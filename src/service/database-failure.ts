// What the public is told of a database's failure.

import { type AppError, isAppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import { DatabaseError } from "../database/database-error.ts";
import type { Call } from "../pipeline/call.ts";

/** The primary key of trivium.idempotency: a unit that breaks it finds the other's answer when it runs again. */
const idempotencyKey = "trivium_idempotency_key";

/** A database's failure as an application error; anything else unchanged. */
export function translateDatabaseError(thrown: unknown, signal: AbortSignal | undefined): unknown {
  if (!(thrown instanceof DatabaseError)) return thrown;
  if (isConflict(thrown)) return appError("TRANSACTION_CONFLICT", { cause: thrown });
  switch (thrown.kind) {
    case "unavailable":
      return appError("DATABASE_UNAVAILABLE", { cause: thrown });
    case "outcome unknown":
      return appError("OUTCOME_UNKNOWN", { cause: thrown });
    case "cancelled":
      return cancellation(signal) ?? appError("DEADLINE_EXCEEDED", { cause: thrown });
    default:
      return appError("INTERNAL", { cause: thrown });
  }
}

/** Whether running the same unit of work again may succeed. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && (thrown.kind === "conflict" || thrown.constraint === idempotencyKey);
}

function cancellation(signal: AbortSignal | undefined): AppError | undefined {
  return signal?.aborted === true ? (signal.reason as AppError) : undefined; // a call aborts only with an AppError
}

/** The work's result; a database's failure in it as the public is told. */
export async function translated<T>(call: Pick<Call, "signal">, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw translateDatabaseError(thrown, call.signal);
  }
}

/** Whether it says that nobody knows whether a unit has committed. */
export function isUnknownOutcome(error: unknown): boolean {
  return isAppError(error)
    ? error.reason === "OUTCOME_UNKNOWN"
    : error instanceof DatabaseError && error.kind === "outcome unknown";
}
