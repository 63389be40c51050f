// The AppError of a status that a server sent, or that grpc-js made where none came.

import type { ServiceError } from "@grpc/grpc-js";
import type { Operation } from "../../contract/operation.ts";
import { AppError } from "../../core/app-error.ts";
import { appError, toAppError } from "../../core/catalogue.ts";
import { detailsKey, errorFromStatus } from "../../transports/grpc/error-map.ts";

/**
 * The error as it was thrown on the server; details that are no texts, which gRPC carries as JSON, are read by the
 * failure's contract. UNREACHABLE where the server cannot have said it: nobody answered, or the stream was reset.
 */
export function errorFromReceived(thrown: unknown, { failures }: Operation, address: string): AppError {
  if (!isServiceError(thrown)) return toAppError(thrown);
  const error = errorFromStatus(thrown);
  const isOurs = thrown.metadata.get(detailsKey).length > 0;
  if (!isOurs && (error.code === "UNAVAILABLE" || error.code === "CANCELLED" || isReset(thrown)))
    return appError("UNREACHABLE", { message: `The server at ${address} cannot be reached`, cause: thrown });
  const shape = failures.find(({ reason }) => reason === error.reason)?.details.shape;
  if (error.details === undefined || shape === undefined) return error;
  const { code, reason, message, violations, retryAfter } = error;
  const details = Object.entries(error.details).map(([name, text]) => {
    const isText = shape[name] === undefined || shape[name].safeParse(text).success;
    return [name, isText ? text : jsonFrom(text)];
  });
  return new AppError({ code, reason, message, violations, retryAfter, details: Object.fromEntries(details) });
}

/** What HTTP/2 says of a connection that broke off amid a stream. */
function isReset({ code, details }: ServiceError): boolean {
  return code === 13 && /RST_STREAM/.test(details);
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number" && "metadata" in thrown;
}

function jsonFrom(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}
