// The closed list of outcome codes and what each one is on every road. Pure data: roads translate through it.

/** The sixteen error codes of gRPC (google.rpc.Code without OK): the only codes an error of this system can have. */
export const codes = [
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** One of the sixteen error codes. */
export type Code = (typeof codes)[number];

/** What a code is on each road: the gRPC status number, the HTTP status and the exit code of a process. */
export interface CodeRow {
  readonly grpc: number;
  readonly http: number;
  readonly exit: number;
}

/**
 * The gRPC numbers are those of google.rpc.Code; the HTTP statuses follow google.rpc's own mapping; the exit code is
 * the gRPC number, save 2 for what the caller typed wrong, 3 for UNKNOWN, and 130 for an interrupt.
 */
export const codeTable: Readonly<Record<Code, CodeRow>> = {
  CANCELLED: { grpc: 1, http: 499, exit: 130 },
  UNKNOWN: { grpc: 2, http: 500, exit: 3 },
  INVALID_ARGUMENT: { grpc: 3, http: 400, exit: 2 },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504, exit: 4 },
  NOT_FOUND: { grpc: 5, http: 404, exit: 5 },
  ALREADY_EXISTS: { grpc: 6, http: 409, exit: 6 },
  PERMISSION_DENIED: { grpc: 7, http: 403, exit: 7 },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429, exit: 8 },
  FAILED_PRECONDITION: { grpc: 9, http: 400, exit: 9 },
  ABORTED: { grpc: 10, http: 409, exit: 10 },
  OUT_OF_RANGE: { grpc: 11, http: 400, exit: 11 },
  UNIMPLEMENTED: { grpc: 12, http: 501, exit: 12 },
  INTERNAL: { grpc: 13, http: 500, exit: 13 },
  UNAVAILABLE: { grpc: 14, http: 503, exit: 14 },
  DATA_LOSS: { grpc: 15, http: 500, exit: 15 },
  UNAUTHENTICATED: { grpc: 16, http: 401, exit: 16 },
};

/** Whether a value is one of the sixteen codes. */
export function isCode(value: unknown): value is Code {
  return typeof value === "string" && Object.hasOwn(codeTable, value);
}

const codeByGrpc = new Map<number, Code>(codes.map((code) => [codeTable[code].grpc, code]));

/** The code of a gRPC status number; UNKNOWN for a number that is not in the list, as the gRPC specification has it. */
export function codeFromGrpc(status: number): Code {
  return codeByGrpc.get(status) ?? "UNKNOWN";
}

const codeByHttp: Readonly<Record<number, Code>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  406: "INVALID_ARGUMENT",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  412: "FAILED_PRECONDITION",
  413: "RESOURCE_EXHAUSTED",
  415: "INVALID_ARGUMENT",
  422: "INVALID_ARGUMENT",
  428: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/**
 * The code of an HTTP status that carries no problem object of ours, such as a proxy's HTML page: every status has one.
 * An unlisted 4xx is INVALID_ARGUMENT, an unlisted 5xx UNAVAILABLE, anything else UNKNOWN.
 */
export function codeFromHttp(status: number): Code {
  const listed = codeByHttp[status];
  if (listed !== undefined) return listed;
  if (status >= 400 && status < 500) return "INVALID_ARGUMENT";
  if (status >= 500 && status < 600) return "UNAVAILABLE";
  return "UNKNOWN";
}
