// A failure: an error that an operation declares, with typed details.

import { z } from "zod";
import { AppError, isAppError } from "../core/app-error.ts";
import type { Code } from "../core/status.ts";
import type { Shape } from "./schema.ts";

/** A declared failure. */
export interface Failure<R extends string = string, D extends Shape = Shape> {
  readonly reason: R;
  readonly code: Code;
  readonly message: string;
  readonly details: z.ZodObject<D>;
}

/** What a failure says beside its reason. */
export interface FailureOptions<D extends Shape> {
  readonly code: Code;
  /** Safe for the public. */
  readonly message: string;
  /** The fields of its details; none by default. */
  readonly details?: D;
}

/** The details that an error of this failure carries. */
export type DetailsOf<F extends Failure> = z.input<F["details"]>;

/**
 * Declares a failure. The reason is SCREAMING_SNAKE and unique in the app.
 *
 * @example const ChannelNotFound = failure("CHANNEL_NOT_FOUND", {
 *   code: "NOT_FOUND", message: "There is no such channel", details: { channelId: z.uuid() },
 * });
 */
// biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
export function failure<const R extends string, D extends Shape = {}>(
  reason: R,
  options: FailureOptions<D>,
): Failure<R, D> {
  const shape = options.details ?? ({} as D); // no details given means D is its default, the empty shape
  return { reason, code: options.code, message: options.message, details: z.object(shape) };
}

/** The error of a failure, to throw. */
export function errorFromFailure<F extends Failure>(failed: F, details: DetailsOf<F>): AppError {
  const hasDetails = Object.keys(failed.details.shape).length > 0;
  return new AppError({
    code: failed.code,
    reason: failed.reason,
    message: failed.message,
    details: hasDetails ? (failed.details.parse(details) as Record<string, unknown>) : undefined, // an object schema gives an object
  });
}

/** An error that `isFailure` has found to be one of a failure. */
export type FailureError<F extends Failure> = AppError & {
  readonly reason: F["reason"];
  readonly details: z.output<F["details"]>;
};

/**
 * Whether something thrown is this failure; then its details are typed. Of the details of another version of the
 * contract nothing is checked.
 *
 * @example if (isFailure(error, ChannelNotFound)) console.log(error.details.channelId);
 */
export function isFailure<F extends Failure>(error: unknown, failed: F): error is FailureError<F> {
  return isAppError(error) && error.reason === failed.reason;
}
