// The cursor of a live event: its number in its key, as text. Opaque to callers.

import type { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";

/** The number of a cursor; 0 is before the first. Throws AppError INVALID_CURSOR. */
export function sequenceFromCursor(cursor: string): number {
  const sequence = /^(0|[1-9]\d{0,15})$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!Number.isSafeInteger(sequence)) throw unknownCursor();
  return sequence;
}

/** The refusal of a cursor that no event had. */
export function unknownCursor(): AppError {
  return appError("INVALID_CURSOR", { message: "No event of this stream had that cursor" });
}
