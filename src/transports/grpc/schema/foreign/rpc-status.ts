// google.rpc.Status and the error details in use, as googleapis defines them (google/rpc/status.proto, error_details.proto).

import type { ProtoFile } from "../wire-types.ts";
import { bytes, foreignFile, int32, messageType, text } from "./foreign-file.ts";

const anyFile = foreignFile("google/protobuf/any.proto", "google.protobuf");
const statusFile = foreignFile("google/rpc/status.proto", "google.rpc");
const detailsFile = foreignFile("google/rpc/error_details.proto", "google.rpc");

const any = anyFile.message("Any", { type_url: [1, text], value: [2, bytes] });

/** What `grpc-status-details-bin` holds. */
export const rpcStatus = statusFile.message("Status", {
  code: [1, int32],
  message: [2, text],
  details: [3, { repeated: messageType(any) }],
});

/** The reason, its domain and the failure's details. */
export const errorInfo = detailsFile.message("ErrorInfo", {
  reason: [1, text],
  domain: [2, text],
  metadata: [3, { map: text }],
});

/** After how long a retry may help. */
export const retryInfo = detailsFile.message("RetryInfo", { retry_delay: [1, { kind: "duration" }] });

/** One broken rule. `localized_message` (4) is left out: nothing here is localised. */
const fieldViolation = detailsFile.message("BadRequest.FieldViolation", {
  field: [1, text],
  description: [2, text],
  reason: [3, text],
});

/** All broken rules of an input. */
export const badRequest = detailsFile.message(
  "BadRequest",
  { field_violations: [1, { repeated: messageType(fieldViolation) }] },
  { messages: [fieldViolation] },
);

/** The request's id. */
export const requestInfo = detailsFile.message("RequestInfo", { request_id: [1, text], serving_data: [2, text] });

/** The files, so that reflection can resolve the details of an error. */
export const rpcFiles: readonly ProtoFile[] = [
  { path: "google/rpc/status.proto", package: "google.rpc", messages: [rpcStatus], services: [] },
  {
    path: "google/rpc/error_details.proto",
    package: "google.rpc",
    messages: [errorInfo, retryInfo, badRequest, requestInfo],
    services: [],
  },
];
