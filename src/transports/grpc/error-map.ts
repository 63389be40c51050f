// An AppError as a gRPC status and back: code, message, and google.rpc details in `grpc-status-details-bin`.

import { Metadata, type StatusObject } from "@grpc/grpc-js";
import { AppError, type Violation } from "../../core/app-error.ts";
import { type CatalogueReason, catalogue } from "../../core/catalogue.ts";
import { type Code, codeFromGrpc, codeTable } from "../../core/status.ts";
import { createCodecs } from "./codec.ts";
import { badRequest, errorInfo, requestInfo, retryInfo, rpcStatus } from "./schema/foreign/rpc-status.ts";
import type { MessageType } from "./schema/wire-types.ts";

const codecs = createCodecs();
const statusCodec = codecs(rpcStatus);
const detailTypes: ReadonlyMap<string, MessageType> = new Map(
  [errorInfo, retryInfo, badRequest, requestInfo].map((type) => [`type.googleapis.com/${type.fullName}`, type]),
);

/** The metadata key of the encoded google.rpc.Status. */
export const detailsKey = "grpc-status-details-bin";

/** The metadata key of the request's id, in both directions. */
export const requestIdKey = "x-request-id";

/** Bytes of details that a status carries at most: clients refuse a call whose trailers exceed 8 KiB in all. */
const detailsLimit = 4096;
const messageLimit = 1024;

/**
 * The status of an error, with ErrorInfo (reason; `domain` is the app; details as metadata), BadRequest (violations),
 * RetryInfo and RequestInfo. ErrorInfo's metadata holds texts only: a detail that is not a text is there as its JSON.
 * Of many details or violations as many are sent, in their order, as trailers can carry.
 * Never holds the error's cause or stack.
 */
export function statusFromError(error: AppError, domain: string, requestId: string): StatusObject {
  const code = codeTable[error.code].grpc;
  const message = error.message.slice(0, messageLimit).toWellFormed();
  const texts = fitting(textsOf(error.details ?? {}));
  const details = [
    anyOf(errorInfo, { reason: error.reason, domain, metadata: Object.fromEntries(texts) }),
    ...(error.violations === undefined
      ? []
      : [anyOf(badRequest, { fieldViolations: fitting(error.violations.map(fieldOf)) })]),
    ...(error.retryAfter === undefined ? [] : [anyOf(retryInfo, { retryDelay: durationOf(error.retryAfter) })]),
    anyOf(requestInfo, { requestId }),
  ];
  const metadata = new Metadata();
  metadata.set(requestIdKey, requestId);
  metadata.set(detailsKey, statusCodec.encode({ code, message, details }));
  return { code, details: message, metadata };
}

/** The items, in their order, that together stay below half of the limit; one that does not fit any more is left out. */
function fitting<T>(items: readonly T[]): readonly T[] {
  let room = detailsLimit / 2;
  return items.filter((item) => {
    const size = Buffer.byteLength(JSON.stringify(item));
    if (size > room) return false;
    room -= size;
    return true;
  });
}

function anyOf(type: MessageType, value: unknown): { typeUrl: string; value: string } {
  return { typeUrl: `type.googleapis.com/${type.fullName}`, value: codecs(type).encode(value).toString("base64") };
}

function textsOf(details: Readonly<Record<string, unknown>>): [string, string][] {
  const given = Object.entries(details).filter(([, value]) => value !== undefined);
  return given.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
}

function fieldOf({ path, message, rule }: Violation): { field: string; description: string; reason: string } {
  return { field: path, description: message, reason: rule };
}

function durationOf(seconds: number): string {
  return `${seconds.toFixed(9).replace(/\.?0+$/, "")}s`;
}

/** What a client got instead of an answer. */
export interface ReceivedStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata | undefined;
}

/** The reason of a status that carries no details of ours, where its code says enough. */
const bareReasons: Partial<Record<Code, CatalogueReason>> = {
  CANCELLED: "CANCELLED",
  DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
  UNAVAILABLE: "UNREACHABLE",
  UNIMPLEMENTED: "OPERATION_NOT_FOUND",
};

/**
 * The error of a status: with our own details as it was thrown, save that details which were not texts are their JSON
 * texts (the failure's contract says which). A status from elsewhere (a proxy, the library) keeps its code and message
 * and gets the reason `GRPC_<CODE>`, or the catalogue's where the code says enough. Never throws.
 */
export function errorFromStatus(status: ReceivedStatus): AppError {
  const code = codeFromGrpc(status.code);
  const details = detailsOf(status.metadata);
  const info = details.get(errorInfo);
  const metadata = (info?.metadata ?? {}) as Record<string, string>; // a map of texts, decoded
  const violations = details.get(badRequest)?.fieldViolations as readonly Record<string, string>[] | undefined; // likewise
  const retryDelay = details.get(retryInfo)?.retryDelay;
  const bare = bareReasons[code];
  return new AppError({
    code,
    reason: String(info?.reason ?? bare ?? `GRPC_${code}`),
    message: status.details || (bare === undefined ? `The server answered ${code}` : catalogue[bare].message),
    details: Object.keys(metadata).length === 0 ? undefined : metadata,
    violations: violations?.map(violationOf),
    retryAfter: typeof retryDelay === "string" ? Number(retryDelay.slice(0, -1)) : undefined,
  });
}

/** The request's id that a status carries. */
export function requestIdOf(status: ReceivedStatus): string | undefined {
  const [id] = status.metadata?.get(requestIdKey) ?? [];
  return typeof id === "string" ? id : undefined;
}

function violationOf({ field, description, reason }: Record<string, string>): Violation {
  return { path: field ?? "", message: description ?? "", rule: reason ?? "" };
}

function detailsOf(metadata: Metadata | undefined): Map<MessageType, Record<string, unknown>> {
  const details = new Map<MessageType, Record<string, unknown>>();
  const [encoded] = metadata?.get(detailsKey) ?? [];
  if (!Buffer.isBuffer(encoded)) return details;
  try {
    const list = statusCodec.decode(encoded).details as readonly Record<string, string>[]; // as its type says
    for (const { typeUrl = "", value = "" } of list) {
      const type = detailTypes.get(typeUrl);
      if (type !== undefined) details.set(type, codecs(type).decode(Buffer.from(value, "base64")));
    }
  } catch {
    return new Map(); // not ours: the code and the message say what there is
  }
  return details;
}
