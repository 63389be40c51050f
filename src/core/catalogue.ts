// Every reason that the foundation itself can answer, in one place. docs/errors.md and OpenAPI are written from it.

import { AppError, type AppErrorInit } from "./app-error.ts";
import type { Code } from "./status.ts";

interface CatalogueRow {
  readonly code: Code;
  /** The public message. */
  readonly message: string;
  /** What the caller can do about it, for docs/errors.md and the command line's hint. */
  readonly mend: string;
  readonly httpStatus: number | undefined;
}

function row(code: Code, message: string, mend: string, httpStatus?: number): CatalogueRow {
  return { code, message, mend, httpStatus };
}

/** The foundation's own reasons. A reason declared by an app may not repeat one of these. */
export const catalogue = {
  VALIDATION_FAILED: row(
    "INVALID_ARGUMENT",
    "The input breaks the rules of this operation",
    "Correct each field that `violations` names.",
  ),
  MALFORMED_BODY: row("INVALID_ARGUMENT", "The body is not valid JSON", "Send one JSON object, encoded in UTF-8."),
  MALFORMED_REQUEST: row(
    "INVALID_ARGUMENT",
    "The request is not valid HTTP",
    "Correct the request line, the percent-encoding or the header that `detail` names.",
  ),
  MALFORMED_MESSAGE: row(
    "INVALID_ARGUMENT",
    "The message is not a valid encoding of the request type",
    "Encode the message by the published .proto file.",
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    "INVALID_ARGUMENT",
    "The body's media type is not supported",
    "Send `Content-Type: application/json`.",
    415,
  ),
  NOT_ACCEPTABLE: row(
    "INVALID_ARGUMENT",
    "No answer of this operation is acceptable to the client",
    "Accept `application/json`, or what the message names for a stream.",
    406,
  ),
  UPGRADE_REQUIRED: row(
    "INVALID_ARGUMENT",
    "This operation is a WebSocket",
    "Open it with a WebSocket client, version 13.",
    426,
  ),
  BODY_TOO_LARGE: row("RESOURCE_EXHAUSTED", "The input is larger than the limit", "Send at most 1 MiB.", 413),
  ROUTE_NOT_FOUND: row("NOT_FOUND", "There is no such route", "See /openapi.json or /docs for the routes."),
  METHOD_NOT_ALLOWED: row(
    "UNIMPLEMENTED",
    "The route does not have this method",
    "Use a method that the `Allow` header names.",
    405,
  ),
  OPERATION_NOT_FOUND: row(
    "UNIMPLEMENTED",
    "There is no such operation",
    "See the .proto files, gRPC reflection or `--help`.",
  ),
  INVALID_CURSOR: row("INVALID_ARGUMENT", "The cursor does not belong to this list", "Start again without a cursor."),
  VERSION_REQUIRED: row(
    "INVALID_ARGUMENT",
    "This write needs the version that it changes",
    "Send `If-Match` with the ETag you read, or `version` in the input.",
    428,
  ),
  VERSION_CONFLICT: row(
    "FAILED_PRECONDITION",
    "The resource was changed since the version that was read",
    "Read it again, apply the change to the new version, and retry.",
    409,
  ),
  ROW_NOT_FOUND: row("NOT_FOUND", "There is no such resource", "Check the identifier."),
  ALREADY_EXISTS: row(
    "ALREADY_EXISTS",
    "A resource with this key exists already",
    "Use another key, or read the existing resource.",
  ),
  CREDENTIAL_MISSING: row(
    "UNAUTHENTICATED",
    "This operation needs a signed-in user",
    "Send `Authorization: Bearer <token>` (on the command line `--token`).",
  ),
  CREDENTIAL_INVALID: row("UNAUTHENTICATED", "The credential is not valid", "Sign in again and use the new token."),
  CREDENTIAL_EXPIRED: row("UNAUTHENTICATED", "The credential has expired", "Sign in again and use the new token."),
  ACCESS_DENIED: row(
    "PERMISSION_DENIED",
    "This user may not do this",
    "Ask for the role or the scope that the operation's page names.",
  ),
  DEADLINE_EXCEEDED: row(
    "DEADLINE_EXCEEDED",
    "The call did not end within its deadline",
    "Retry with a longer deadline. A command that was cut off was rolled back.",
  ),
  OUTCOME_UNKNOWN: row(
    "DEADLINE_EXCEEDED",
    "It could not be told in time whether the change was made",
    "Retry with the same idempotency key if the call had one; else read the resource before trying again.",
  ),
  CANCELLED: row("CANCELLED", "The caller cancelled the call", "Nothing: a command that was cut off was rolled back."),
  STORE_UNAVAILABLE: row(
    "UNAVAILABLE",
    "The store that keeps limits and the cache cannot be reached",
    "Retry: nothing was changed.",
  ),
  RATE_LIMITED: row(
    "RESOURCE_EXHAUSTED",
    "There were too many calls in a short time",
    "Wait for the time given; /limits states how often operations may be called.",
  ),
  SLOW_CONSUMER: row(
    "RESOURCE_EXHAUSTED",
    "The stream was not read as fast as it was written",
    "Open it again after the last cursor, and read without pauses.",
  ),
  CURSOR_EXPIRED: row(
    "OUT_OF_RANGE",
    "What follows that cursor is no longer kept",
    "Read what there is now, and follow it from now on.",
  ),
  OVERLOADED: row("UNAVAILABLE", "The server has too much work", "Retry after the time given."),
  SHUTTING_DOWN: row("UNAVAILABLE", "The server is stopping", "Retry: another instance will answer."),
  DATABASE_UNAVAILABLE: row("UNAVAILABLE", "The database cannot be reached", "Retry after a while."),
  POOL_EXHAUSTED: row(
    "RESOURCE_EXHAUSTED",
    "All database connections are in use",
    "Retry after a while; an operator may raise DATABASE_POOL_MAX.",
  ),
  IDEMPOTENCY_KEY_REQUIRED: row(
    "INVALID_ARGUMENT",
    "This operation needs an idempotency key",
    "Send `Idempotency-Key` (on the command line `--idempotency-key`) with a new random value for each new change.",
    428,
  ),
  IDEMPOTENCY_KEY_NOT_TAKEN: row(
    "INVALID_ARGUMENT",
    "This operation takes no idempotency key",
    "Leave the key out; where the operation is open to anybody, sign in to use one.",
  ),
  IDEMPOTENCY_KEY_REUSED: row(
    "INVALID_ARGUMENT",
    "The idempotency key was used before, with another input",
    "Use a new key for a new change; repeat the first input to get its answer.",
    422,
  ),
  IDEMPOTENCY_IN_PROGRESS: row(
    "ABORTED",
    "A call with this idempotency key is still running",
    "Retry with the same key and input after the time given.",
  ),
  TRANSACTION_CONFLICT: row("ABORTED", "The change met a concurrent one and was rolled back", "Retry the call."),
  CALL_TOO_DEEP: row(
    "INTERNAL",
    "Operations call each other too deeply",
    "This is a defect of the service: report the request id.",
  ),
  INTERNAL: row("INTERNAL", "Something went wrong on our side", "Report the request id."),
  UNREACHABLE: row("UNAVAILABLE", "The server cannot be reached", "Check the address and that the server runs."),
} satisfies Record<string, CatalogueRow>;

/** A reason of the foundation's own catalogue. */
export type CatalogueReason = keyof typeof catalogue;

/** Whether a name is one of the foundation's own reasons. */
export function isCatalogueReason(reason: string): reason is CatalogueReason {
  return Object.hasOwn(catalogue, reason);
}

/**
 * The error of a catalogue reason. The message may be made more precise; it must stay safe for the public.
 *
 * @example throw appError("INVALID_CURSOR", { cause: error });
 */
export function appError(
  reason: CatalogueReason,
  extra: Partial<Omit<AppErrorInit, "code" | "reason">> = {},
): AppError {
  const row: CatalogueRow = catalogue[reason];
  return new AppError({ code: row.code, reason, message: row.message, httpStatus: row.httpStatus, ...extra });
}

/**
 * Whatever was thrown, as an AppError: one already is, all else becomes INTERNAL with a fixed message, so that no text,
 * stack, SQL or driver message of an unknown error can leave the process.
 */
export function toAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : appError("INTERNAL", { cause: thrown });
}
