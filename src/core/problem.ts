// The public form of an error (RFC 9457): written by the HTTP road and the command line, read back by clients.

import { AppError, type Violation } from "./app-error.ts";
import { catalogue, isCatalogueReason } from "./catalogue.ts";
import { codeFromHttp, codeTable, isCode } from "./status.ts";

/** `application/problem+json` with this system's members. */
export interface Problem {
  /** A stable URI reference per reason, served by the documentation. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this occurrence: `urn:request:<id>`. */
  readonly instance: string;
  readonly code: string;
  readonly reason: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly violations?: readonly Violation[];
  readonly requestId: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** The HTTP status of an error: the reason's own where HTTP names it more precisely, else the code's. */
export function httpStatusOf(error: AppError): number {
  return error.httpStatus ?? codeTable[error.code].http;
}

/** The problem object of an error. Never holds the error's cause or stack. */
export function problemFromError(error: AppError, requestId: string): Problem {
  return {
    type: `/errors#${error.reason.toLowerCase()}`,
    title: isCatalogueReason(error.reason) ? catalogue[error.reason].message : error.message,
    status: httpStatusOf(error),
    detail: error.message,
    instance: `urn:request:${requestId}`,
    code: error.code,
    reason: error.reason,
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.violations === undefined ? {} : { violations: error.violations }),
    requestId,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
  };
}

/**
 * The error of an HTTP answer that is not a success: our own problem object, or anything else (a proxy's HTML page),
 * which gets its code from the status and the reason `HTTP_<status>`.
 */
export function errorFromProblem(status: number, body: unknown, retryAfter?: number): AppError {
  if (typeof body === "object" && body !== null && "reason" in body && "code" in body && isCode(body.code)) {
    const problem = body as Problem;
    return new AppError({
      code: body.code,
      reason: String(problem.reason),
      message: String(problem.detail ?? problem.title),
      details: problem.details,
      violations: problem.violations,
      retryAfter: problem.retryAfter ?? retryAfter,
      httpStatus: status,
    });
  }
  const code = codeFromHttp(status);
  return new AppError({
    code,
    reason: `HTTP_${status}`,
    message: `The server answered ${status}`,
    retryAfter,
    httpStatus: status,
  });
}
