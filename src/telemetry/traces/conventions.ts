// The names that spans use, pinned: OpenTelemetry's semantic conventions 1.45 where they are stable, ours elsewhere.

/** Attributes of OpenTelemetry's stable conventions. */
export const attribute = {
  httpMethod: "http.request.method",
  httpRoute: "http.route",
  httpStatus: "http.response.status_code",
  rpcSystem: "rpc.system.name",
  rpcMethod: "rpc.method",
  rpcStatus: "rpc.response.status_code",
  clientAddress: "client.address",
  errorType: "error.type",
  exceptionType: "exception.type",
  exceptionMessage: "exception.message",
  exceptionStack: "exception.stacktrace",
  dbSystem: "db.system.name",
  dbQueryText: "db.query.text",
  dbQuerySummary: "db.query.summary",
  /** Of the messaging conventions, which are not stable yet. */
  messagingOperation: "messaging.operation.type",
  messagingDestination: "messaging.destination.name",
  messagingGroup: "messaging.consumer.group.name",
  messagingId: "messaging.message.id",
  /** Ours. */
  eventType: "trivium.event.type",
  operation: "trivium.operation",
  road: "trivium.road",
  requestId: "trivium.request.id",
  reason: "trivium.reason",
  fingerprint: "trivium.error.fingerprint",
  userId: "user.id",
} as const;

/** The span event of an error. */
export const exceptionEvent = "exception";

/**
 * The codes that are the server's fault: they mark a span as failed. The conventions name them for gRPC servers; they
 * are those whose HTTP status is 5xx.
 */
export const serverFaults: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);
