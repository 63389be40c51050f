// What is wrong with an operation's limits: found at start.

import { type Access, accessRules } from "../access.ts";
import type { LimitRule } from "./limit.ts";

/** What a check must know of the operation. */
export interface LimitedContract {
  readonly access: Access;
  readonly limits: readonly LimitRule[];
  readonly input: { readonly shape: object };
}

/** What is wrong; empty: nothing. */
export function limitProblems({ access, limits, input }: LimitedContract): string[] {
  const isOpen = access !== undefined && accessRules(access).includes("public");
  return limits.flatMap(({ by, problems }) => {
    const found = problems.map((problem) => `limit: ${problem}`);
    if (by === "user" && isOpen)
      found.push('limit: by "user", but anybody may call it: leave `by` out, or say "address"');
    const field = typeof by === "object" ? by.input : undefined;
    if (typeof field === "string" && !Object.hasOwn(input.shape, field))
      found.push(`limit: by { input: ${JSON.stringify(field)} }, which is not a field of the input`);
    return found;
  });
}
