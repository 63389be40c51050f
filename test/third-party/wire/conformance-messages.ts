// The messages of connectrpc.conformance.v1 that a server meets.

import { createCodecs } from "../../../src/transports/grpc/codec.ts";
import {
  bytes,
  foreignFile,
  int32,
  messageType,
  text,
} from "../../../src/transports/grpc/schema/foreign/foreign-file.ts";
import { rpcStatus } from "../../../src/transports/grpc/schema/foreign/rpc-status.ts";
import type { ValueType } from "../../../src/transports/grpc/schema/wire-types.ts";

const { message } = foreignFile("connectrpc/conformance/v1/service.proto", "connectrpc.conformance.v1");
const codecs = createCodecs();
const int64: ValueType = { kind: "scalar", scalar: "int64" };
const bool: ValueType = { kind: "scalar", scalar: "bool" };
const any = messageType(
  foreignFile("any.proto", "google.protobuf").message("Any", { type_url: [1, text], value: [2, bytes] }),
);
const header = messageType(message("Header", { name: [1, text], value: [2, { repeated: text }] }));
const error = messageType(message("Error", { code: [1, int32], message: [2, text], details: [3, { repeated: any }] }));

const unaryDefinition = message("UnaryResponseDefinition", {
  response_headers: [1, { repeated: header }],
  response_data: [2, { oneof: "response", of: bytes }],
  error: [3, { oneof: "response", of: error }],
  response_trailers: [4, { repeated: header }],
  response_delay_ms: [6, int32],
});
const streamDefinition = message("StreamResponseDefinition", {
  response_headers: [1, { repeated: header }],
  response_data: [2, { repeated: bytes }],
  response_delay_ms: [3, int32],
  error: [4, error],
  response_trailers: [5, { repeated: header }],
});
const requestInfo = message("ConformancePayload.RequestInfo", {
  request_headers: [1, { repeated: header }],
  timeout_ms: [2, int64],
  requests: [3, { repeated: any }],
});
const payload = message("ConformancePayload", { data: [1, bytes], request_info: [2, messageType(requestInfo)] });

/** A name with its values. */
export interface Header {
  readonly name?: string;
  readonly value: readonly string[];
}

/** A message in its envelope. */
export interface AnyMessage {
  readonly typeUrl: string;
  readonly value: string;
}

/** An error that a handler is asked for. */
export interface AskedError {
  readonly code?: number;
  readonly message?: string;
  readonly details: readonly AnyMessage[];
}

/** How a call is to be answered. */
export interface Definition {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
  readonly responseDelayMs?: number;
  readonly error?: AskedError;
}

/** A request with the definition of its answer. */
export interface Request<Data> {
  readonly responseDefinition?: Definition & { readonly responseData?: Data };
  readonly fullDuplex?: boolean;
}

const unary = message("UnaryRequest", { response_definition: [1, messageType(unaryDefinition)] });
const stream = message("StreamRequest", {
  response_definition: [1, messageType(streamDefinition)],
  full_duplex: [2, bool],
});

/** Codecs of the messages. */
export const wire = {
  unaryRequest: codecs(unary),
  streamRequest: codecs(stream),
  response: codecs(message("Response", { payload: [1, messageType(payload)] })),
  requestInfo: codecs(requestInfo),
  status: codecs(rpcStatus),
  serverRequest: codecs(message("ServerCompatRequest", { message_receive_limit: [6, int32] })),
  serverResponse: codecs(message("ServerCompatResponse", { host: [1, text], port: [2, int32] })),
};
