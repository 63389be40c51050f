// Step 6, rate limit: charges a call to the buckets of its limits before any work is done for it.

import type { Middleware } from "../call.ts";
import type { LimitGuard } from "../ports.ts";

/**
 * Step 6 for an operation; undefined where it has no limits, so that it costs nothing. No promise is made where the
 * store answers at once.
 */
export function limit(guard: LimitGuard | undefined): Middleware | undefined {
  if (guard === undefined) return undefined;
  return (call, next) => {
    const charged = guard.charge(call);
    return charged === undefined ? next() : charged.then(next);
  };
}
