// What a helper of several operations asks of their contexts.

import type { Context } from "trivium";
import type { AppError, DetailsOf, Failure, User } from "trivium/contract";

/**
 * The context of an operation that has a user and declares the failures `F`, all with the same details. The context of
 * an operation without one of them is refused by the compiler.
 *
 * @example async function requireMember(ctx: CallerContext<typeof NotAMember>, channelId: string) { … }
 */
export interface CallerContext<F extends Failure> extends Omit<Context, "user" | "fail"> {
  readonly user: User;
  fail(failure: F, details: DetailsOf<F>): AppError;
}
