// Calls operations of a running server over gRPC: all four kinds of method, with the server's own schema and codecs.

import { type Client, Metadata } from "@grpc/grpc-js";
import { isStream } from "../../contract/operation.ts";
import { isAppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { Caller, CallRequest, Outcome } from "../../pipeline/call.ts";
import { idempotencyKeyName } from "../../pipeline/steps/idempotency.ts";
import { inputParser, schemaParser } from "../../pipeline/steps/validate.ts";
import { createCodecs } from "../../transports/grpc/codec.ts";
import { requestIdKey } from "../../transports/grpc/error-map.ts";
import type { OperationMethod } from "../../transports/grpc/schema/schema.ts";
import { abortError } from "../calls/abort-error.ts";
import { randomId } from "../calls/random-id.ts";
import { credentialText, idempotencyKeyText } from "../header-text.ts";
import type { Answered, ClientMethod } from "./grpc-call.ts";
import { errorFromReceived } from "./received-error.ts";
import { runStream } from "./stream.ts";
import { runUnary } from "./unary.ts";

/** What the calls of a transport share. */
export interface Connection {
  readonly client: Client;
  readonly address: string;
  /** Aborted when it takes no more calls. */
  readonly closed: AbortSignal;
}

/**
 * Calls over gRPC. The outcome is the server's own: the status with its details becomes the same AppError that was
 * thrown there. UNREACHABLE where no server answered, or the connection was lost.
 */
export function createGrpcCaller({ client, address, closed }: Connection, methods: readonly OperationMethod[]): Caller {
  const codecs = createCodecs();
  const known = new Map(methods.map((method) => [method.operation, methodOf(method, codecs)]));
  return {
    async run(request) {
      const requestId = request.requestId ?? randomId();
      const { signal, operation } = request;
      const method = known.get(operation);
      try {
        if (method === undefined) throw appError("OPERATION_NOT_FOUND");
        if (closed.aborted) throw appError("CANCELLED", { message: "The client's transport was closed" });
        if (signal?.aborted === true) throw abortError(signal.reason);
        method.checkInput(request.input);
        const { timeout } = request;
        const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout;
        const call = { client, method, request, metadata: metadataOf(request, requestId), deadline };
        return outcomeOf(await (isStream(operation.contract) ? runStream(call) : runUnary(call)), requestId);
      } catch (thrown) {
        if (isAppError(thrown)) return { ok: false, requestId, error: thrown };
        if (signal?.aborted === true) return { ok: false, requestId, error: abortError(signal.reason) };
        return { ok: false, requestId, error: errorFromReceived(thrown, operation.contract, address) };
      } finally {
        request.items?.return?.().catch(() => undefined); // nobody reads on
      }
    },
  };
}

function methodOf({ operation, path, method }: OperationMethod, codecs: ReturnType<typeof createCodecs>): ClientMethod {
  const { item } = operation.contract;
  return {
    operation,
    path,
    input: codecs(method.input),
    output: codecs(method.output),
    checkInput: inputParser(operation),
    checkItem: item === undefined ? undefined : schemaParser(item),
  };
}

function outcomeOf({ value, metadata }: Answered, own: string): Outcome {
  const [requestId] = metadata?.get(requestIdKey) ?? [];
  const isReplayed = metadata?.get("idempotency-replayed")[0] === "true";
  return {
    ok: true,
    requestId: typeof requestId === "string" ? requestId : own,
    value,
    ...(isReplayed ? { replayed: true } : {}),
  };
}

function metadataOf(request: CallRequest, requestId: string): Metadata {
  const { credential, traceparent, tracestate } = request;
  const metadata = new Metadata();
  metadata.set(requestIdKey, requestId);
  if (credential?.kind === "local")
    throw appError("CREDENTIAL_INVALID", { message: "A user of the machine is known over HTTP only" });
  if (credential !== undefined) metadata.set("authorization", `Bearer ${credentialText(credential.token)}`);
  if (traceparent !== undefined) metadata.set("traceparent", traceparent);
  if (tracestate !== undefined) metadata.set("tracestate", tracestate);
  const key = idempotencyKeyText(request);
  if (key !== undefined) metadata.set(idempotencyKeyName, key);
  return metadata;
}
