// What grpc-js itself refuses (an unknown method, a message over the limit, a bad compression) in the form of our errors.

import { type Metadata, type Server, type ServerInterceptor, type StatusObject, status } from "@grpc/grpc-js";
import { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { detailsKey, statusFromError } from "./error-map.ts";
import { requestIdFrom } from "./metadata.ts";

/** A status as an interceptor sends it. */
export type PartialStatus = Parameters<Parameters<ServerInterceptor>[1]["sendStatus"]>[0];

/** Replaces each status that the library makes by one with a reason and details; ours pass as they are. */
export function refusalInterceptor(domain: string): ServerInterceptor {
  return (_method, call) => {
    const send = call.sendStatus.bind(call);
    call.sendStatus = (given) => {
      if (given.code === status.OK) {
        given.details = ""; // the library says "OK", where the specification has a message for errors only
        send(given);
        return;
      }
      const error = refusalOf(given);
      // The library keeps the metadata on the call without naming it in its types; it is read only to refuse.
      const { metadata } = call as { metadata?: Metadata };
      send(error === undefined ? given : statusFromError(error, domain, requestIdFrom(metadata)));
    };
    // The type asks for the library's own class, which would wrap every event of every call; its interface is enough.
    return call as ReturnType<ServerInterceptor>;
  };
}

/** The error that a status made by the library stands for; undefined for one of ours, and for success. */
export function refusalOf({ code, details, metadata }: PartialStatus): AppError | undefined {
  if (code === status.OK || (metadata?.get(detailsKey).length ?? 0) > 0) return undefined;
  switch (code) {
    case status.RESOURCE_EXHAUSTED:
      return appError("BODY_TOO_LARGE");
    case status.DEADLINE_EXCEEDED:
      return appError("DEADLINE_EXCEEDED");
    case status.UNIMPLEMENTED:
      return unimplemented(details);
    case status.INTERNAL:
      return internal(details);
    default:
      return undefined;
  }
}

/** The gRPC specification wants UNIMPLEMENTED for an unknown compression and for too many or too few messages. */
function unimplemented(details: string): AppError {
  return /encoding/.test(details)
    ? new AppError({
        code: "UNIMPLEMENTED",
        reason: "UNSUPPORTED_MEDIA_TYPE",
        message: "The message's compression is not supported: use gzip or none",
      })
    : new AppError({
        code: "UNIMPLEMENTED",
        reason: "MALFORMED_MESSAGE",
        message: "This method takes exactly one request message",
      });
}

function internal(details: string): AppError {
  if (/decompress/.test(details)) return appError("MALFORMED_MESSAGE");
  if (/grpc-timeout/.test(details))
    return appError("MALFORMED_REQUEST", { message: "grpc-timeout must be a number and a unit, such as 500m" });
  return appError("INTERNAL");
}

/** Answers calls of methods that are not there: UNIMPLEMENTED with reason OPERATION_NOT_FOUND. */
export function refuseUnknownMethods(server: Server, domain: string): void {
  const passBytes = (bytes: Buffer): Buffer => bytes;
  const refuse = (call: { readonly metadata: Metadata; emit(event: "error", status: StatusObject): boolean }): void => {
    call.emit("error", statusFromError(appError("OPERATION_NOT_FOUND"), domain, requestIdFrom(call.metadata)));
  };
  // grpc-js has no public place for these calls. Without this one it still answers UNIMPLEMENTED, but with no reason.
  const internals = server as unknown as { _retrieveHandler(path: string): unknown };
  const known = internals._retrieveHandler.bind(server);
  internals._retrieveHandler = (path) =>
    known(path) ?? { func: refuse, serialize: passBytes, deserialize: passBytes, type: "bidi", path };
}
