// The shape of every list: newest first, a page at a time.

import { z } from "trivium/contract";

/** The fields that a list's input has beside its own. */
export const pageInput = {
  limit: z.int().min(1).max(100).default(20),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(1000).optional(),
};

/** The output of a list. `nextCursor` is present if and only if there is more. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
