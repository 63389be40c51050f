// A call over gRPC on its way out, and what came of it.

import type { Client, Metadata } from "@grpc/grpc-js";
import type { RegisteredOperation } from "../../contract/registry.ts";
import type { CallRequest } from "../../pipeline/call.ts";
import type { InputParser } from "../../pipeline/steps/validate.ts";
import type { Codec } from "../../transports/grpc/codec.ts";

/** An operation with all that a call of it needs. */
export interface ClientMethod {
  readonly operation: RegisteredOperation;
  readonly path: string;
  readonly input: Codec;
  readonly output: Codec;
  /** Throws what the server would say of an input: of one that gRPC cannot carry the server learns nothing. */
  readonly checkInput: InputParser;
  readonly checkItem: InputParser | undefined;
}

/** One call on its way out. */
export interface GrpcCall {
  readonly client: Client;
  readonly method: ClientMethod;
  readonly request: CallRequest;
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; Infinity where there is none. */
  readonly deadline: number;
}

/** What came of a call that the server answered. */
export interface Answered {
  readonly value: unknown;
  /** What came before the first message. */
  readonly metadata: Metadata | undefined;
}
