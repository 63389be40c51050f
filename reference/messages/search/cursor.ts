// The cursor of a search: a place in the ranking of one search's candidates.

import { hash } from "node:crypto";
import { AppError, z } from "trivium/contract";

const Position = z.object({
  /** The newest and the oldest candidate: what is posted later changes neither. */
  newest: z.uuid(),
  oldest: z.uuid(),
  /** The last message of the page before: how well it fits, and which it is. */
  rank: z.number(),
  id: z.uuid(),
});

/** Where the page before ended. */
export type Position = z.infer<typeof Position>;

const Kept = z.tuple([z.string(), Position]);

/** The cursor of a position. `search` names the search that it belongs to. Not a secret. */
export function cursorOf(search: string, position: Position): string {
  return Buffer.from(JSON.stringify([digest(search), position])).toString("base64url");
}

/** The position of a cursor. Throws INVALID_CURSOR if it is another search's, or none. */
export function positionOf(search: string, cursor: string): Position {
  try {
    const [of, position] = Kept.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    if (of === digest(search)) return position;
  } catch {
    // Not made by `cursorOf`.
  }
  throw new AppError({
    code: "INVALID_ARGUMENT",
    reason: "INVALID_CURSOR",
    message: "The cursor does not belong to this list",
  });
}

function digest(search: string): string {
  return hash("sha256", search, "base64url").slice(0, 12);
}
