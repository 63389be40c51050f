// What a call ends with when its caller aborts it.

import { type AppError, isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";

/** The error of an abort: the signal's reason where that is an AppError, else CANCELLED. */
export function abortError(reason: unknown): AppError {
  return isAppError(reason) ? reason : appError("CANCELLED", { cause: reason });
}
