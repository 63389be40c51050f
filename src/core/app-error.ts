// The one error object of the system. Everything thrown inside a call ends as an AppError; each road prints it.

import { type Code, isCode } from "./status.ts";

/** One broken rule of an input. */
export interface Violation {
  /** Where in the input, dotted, list positions in brackets: `items[2].name`; empty for the input as a whole. */
  readonly path: string;
  /** What is wrong, safe for the public. */
  readonly message: string;
  /** The rule that was broken, snake_case: `required`, `too_long`, `unknown_field`. Equal on every road. */
  readonly rule: string;
}

/** What an AppError is made of. */
export interface AppErrorInit {
  readonly code: Code;
  /** Stable SCREAMING_SNAKE name, unique in the app. */
  readonly reason: string;
  /** Safe for the public. */
  readonly message: string;
  /** JSON values that the failure's contract names. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly violations?: readonly Violation[] | undefined;
  /** Seconds after which a retry may help. */
  readonly retryAfter?: number | undefined;
  /** For the log only; never leaves the process. */
  readonly cause?: unknown;
  /** Replaces the HTTP status of the code, for the few reasons that HTTP names more precisely. */
  readonly httpStatus?: number | undefined;
}

/**
 * An error with a code, a stable reason and a message that is safe for the public.
 * Guarantee: code, reason, message, details, violations and retryAfter may be shown to anyone; `cause` and the stack
 * never leave the process.
 */
export class AppError extends Error {
  readonly code: Code;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly violations: readonly Violation[] | undefined;
  readonly retryAfter: number | undefined;
  readonly httpStatus: number | undefined;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = "AppError";
    this.code = init.code;
    this.reason = init.reason;
    this.details = init.details;
    this.violations = init.violations;
    this.retryAfter = init.retryAfter;
    this.httpStatus = init.httpStatus;
  }
}

/** Whether a value is an AppError, also one made by another copy of this package. */
export function isAppError(value: unknown): value is AppError {
  return value instanceof AppError || (value instanceof Error && value.name === "AppError" && "reason" in value);
}

/**
 * Whether every road can answer with an error as it was made: by its types it can, but a cast, a bigint or a cycle in
 * its details gets past them. Never throws.
 */
export function isAnswerable(error: AppError): boolean {
  const { code, reason, details, violations, retryAfter, httpStatus } = error;
  if (!isCode(code) || typeof reason !== "string") return false;
  if (retryAfter !== undefined && !(retryAfter >= 0 && retryAfter < 1e9)) return false;
  if (httpStatus !== undefined && !(Number.isInteger(httpStatus) && httpStatus >= 400 && httpStatus < 600))
    return false;
  return (details === undefined || isJson(details)) && (violations === undefined || isJson(violations));
}

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value, (_, item: unknown) => {
      if (typeof item === "function" || typeof item === "symbol") throw new TypeError("not JSON");
      return item;
    });
    return true;
  } catch {
    return false;
  }
}
