// The gRPC road: every operation as a method of its service, with reflection and health, on grpc-js.

import { Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import { isStream } from "../../contract/operation.ts";
import { SetupError } from "../../core/setup-error.ts";
import { type UnaryMethod, unaryHandler } from "./call.ts";
import { createCodecs } from "./codec.ts";
import { addHealth } from "./health.ts";
import { createListener, type Listener } from "./listener.ts";
import { identityReader } from "./metadata.ts";
import type { ConnectionLimits, GrpcServerOptions, TlsOptions } from "./options.ts";
import { addReflection } from "./reflection/reflection.ts";
import { refusalInterceptor, refuseUnknownMethods } from "./refusals.ts";
import { createGrpcSchema, type GrpcSchema } from "./schema/schema.ts";
import type { StreamMethod } from "./streams/stream-exchange.ts";
import { registerStreams, streamInterceptor } from "./streams/stream-interceptor.ts";

/** A gRPC server that can be opened once and closed once. */
export type GrpcServer = Listener;

const second = 1000;
const minute = 60 * second;
const mebibyte = 1024 * 1024;

/**
 * Makes the gRPC server of an app. Nothing listens before `listen`.
 * Throws SetupError with every contract that has no faithful gRPC form.
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { registry, caller, health } = options;
  const domain = registry.app;
  const schema = createGrpcSchema(registry, options.numbering);
  if (schema.problems.length > 0) throw new SetupError(schema.problems, "The contracts cannot be served over gRPC");
  const settings = { caller, domain, identity: identityReader(options.localSecret), patience: options.patience };
  const { streams, unary } = methodsOf(schema);
  const interceptors = [refusalInterceptor(domain), streamInterceptor(streams, settings)];
  const server = new Server({ interceptors, ...libraryOptions(options) });
  for (const [path, method] of unary)
    server.register(path, unaryHandler(method, settings), passBytes, passBytes, "unary");
  registerStreams(server, streams);
  const healthService = addHealth(server, health, schema.files);
  addReflection(server, schema.files);
  refuseUnknownMethods(server, domain);
  const listener = createListener(server, credentialsFrom(options.tls), options.host, options.port);
  return {
    listen: () => listener.listen(),
    close(graceMillis) {
      healthService.end();
      return listener.close(graceMillis);
    },
  };
}

function passBytes(bytes: Buffer): Buffer {
  return bytes;
}

/** The methods by path, with their codecs. */
function methodsOf({ methods }: GrpcSchema) {
  const codecs = createCodecs();
  const unary = new Map<string, UnaryMethod>();
  const streams = new Map<string, StreamMethod>();
  for (const { operation, path, method } of methods) {
    const target = isStream(operation.contract) ? streams : unary;
    target.set(path, { operation, input: codecs(method.input), output: codecs(method.output) });
  }
  return { unary, streams };
}

/** How the library behaves. */
export function libraryOptions({
  maxMessageBytes = mebibyte,
  connections = {},
}: Pick<GrpcServerOptions, "maxMessageBytes" | "connections">): ServerOptions {
  return {
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxMessageBytes,
    ...connectionOptions(connections),
  };
}

function connectionOptions(limits: ConnectionLimits): ServerOptions {
  return {
    "grpc.max_concurrent_streams": limits.maxConcurrentStreams ?? 256,
    // The library switches Node's limit off unless it is given.
    "grpc-node.max_session_memory": limits.maxSessionMemory ?? 32,
    "grpc.max_connection_idle_ms": limits.maxIdle ?? 5 * minute,
    "grpc.max_connection_age_ms": limits.maxAge ?? 60 * minute,
    "grpc.max_connection_age_grace_ms": limits.maxAgeGrace ?? minute,
    "grpc.keepalive_time_ms": limits.keepaliveTime ?? 2 * minute,
    "grpc.keepalive_timeout_ms": limits.keepaliveTimeout ?? 20 * second,
  };
}

function credentialsFrom(tls: TlsOptions | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: tls.key, cert_chain: tls.certificate };
  return ServerCredentials.createSsl(tls.clientAuthorities ?? null, [pair], tls.clientAuthorities !== undefined);
}
