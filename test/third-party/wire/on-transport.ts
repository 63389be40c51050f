// A wire service on our transport: our listener, options, interceptors, unary and stream handlers, and a real pipeline.
// Strangers' methods have no `open` and no contract of ours, so three things are put between the library and us: a
// message that opens each stream, the metadata that a handler asks for, and codecs that pass bytes.

import { type Metadata, Server, ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";
import { z } from "zod";
import { bidiStream } from "../../../src/contract/kinds/bidi-stream.ts";
import { clientStream } from "../../../src/contract/kinds/client-stream.ts";
import { command } from "../../../src/contract/kinds/command.ts";
import { serverStream } from "../../../src/contract/kinds/server-stream.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import { bytes } from "../../../src/contract/schema.ts";
import { AppError } from "../../../src/core/app-error.ts";
import { uuidv7 } from "../../../src/core/ids.ts";
import { codeFromGrpc } from "../../../src/core/status.ts";
import type { Call } from "../../../src/pipeline/call.ts";
import { createBench } from "../../../src/pipeline/pipeline.fixture.ts";
import { unaryHandler } from "../../../src/transports/grpc/call.ts";
import type { Codec } from "../../../src/transports/grpc/codec.ts";
import { createListener } from "../../../src/transports/grpc/listener.ts";
import { identityReader } from "../../../src/transports/grpc/metadata.ts";
import { refusalInterceptor, refuseUnknownMethods } from "../../../src/transports/grpc/refusals.ts";
import { libraryOptions } from "../../../src/transports/grpc/server.ts";
import { registerStreams, streamInterceptor } from "../../../src/transports/grpc/streams/stream-interceptor.ts";
import { metadataFrom, pairsOf } from "./metadata.ts";
import { type Exchange, type WireServer, type WireService, WireStatus } from "./wire-service.ts";

type Data = { readonly data: string };

/** A call on its way, by its id. */
interface Running {
  readonly metadata: Record<string, string>;
  readonly timeout: number | undefined;
  headers: Metadata | undefined;
  trailers: Metadata | undefined;
  details: Buffer | undefined;
  /** Sends the initial metadata. */
  release(): void;
}

const pass = (message: Buffer): Buffer => message;
const opening = Buffer.alloc(0);
const dataOf = (message: Uint8Array): Data => ({ data: Buffer.from(message).toString("base64") });
const bytesOf = (value: unknown): Buffer => Buffer.from((value as Data).data, "base64");
const plain: Codec = { decode: dataOf, encode: bytesOf };
const framed: Codec = {
  decode: (message) => (message === opening ? { open: {} } : { item: dataOf(message) }),
  encode: bytesOf,
};

/** Serves on a free port of the loopback. `maxMessageBytes`: of a request. */
export async function serveOnTransport(service: WireService, maxMessageBytes: number): Promise<WireServer> {
  const running = new Map<string, Running>();
  const bench = createBench(operationsOf(service), { handlers: handlersOf(service, running) });
  const domain = "wire";
  const settings = { caller: bench.pipeline, domain, identity: identityReader(undefined) };
  const methods = (names: object, input: Codec) =>
    Object.keys(names).map(
      (name) =>
        [`/${service.name}/${name}`, { operation: bench.operation(keyOf(name)), input, output: plain }] as const,
    );
  const streams = new Map([
    ...methods(service.serverStream, plain),
    ...methods(service.clientStream, framed),
    ...methods(service.bidi, framed),
  ]);
  const server = new Server({
    interceptors: [between(running), refusalInterceptor(domain), streamInterceptor(streams, settings)],
    ...libraryOptions({ maxMessageBytes }),
  });
  for (const [path, method] of methods(service.unary, plain))
    server.register(path, unaryHandler(method, settings), pass, pass, "unary");
  registerStreams(server, streams);
  refuseUnknownMethods(server, domain);
  const listener = createListener(server, ServerCredentials.createInsecure(), "127.0.0.1", 0);
  const address = await listener.listen();
  return { port: Number(address.slice(address.lastIndexOf(":") + 1)), close: () => listener.close(0) };
}

function keyOf(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function operationsOf(service: WireService): Record<string, Operation> {
  const data = { data: bytes() };
  const output = z.object(data);
  const common = { summary: "Somebody else's", output, access: "public" } as const;
  const all: Record<string, Operation> = {};
  for (const name of Object.keys(service.unary))
    all[keyOf(name)] = command({ ...common, http: `POST /${keyOf(name).toLowerCase()}`, input: data });
  for (const name of Object.keys(service.serverStream))
    all[keyOf(name)] = serverStream({ ...common, http: `POST /${keyOf(name).toLowerCase()}`, input: data });
  for (const name of Object.keys(service.clientStream))
    all[keyOf(name)] = clientStream({ ...common, http: `POST /${keyOf(name).toLowerCase()}`, item: data });
  for (const name of Object.keys(service.bidi))
    all[keyOf(name)] = bidiStream({ ...common, http: `GET /${keyOf(name).toLowerCase()}`, item: data });
  return all;
}

function handlersOf(service: WireService, running: ReadonlyMap<string, Running>) {
  const all: Record<string, (call: Call) => Promise<unknown>> = {};
  const request = (call: Call): Buffer => bytesOf(call.input);
  for (const [name, handle] of Object.entries(service.unary))
    all[keyOf(name)] = (call) => translated(call, running, async (own) => dataOf(await handle(request(call), own)));
  for (const [name, handle] of Object.entries(service.clientStream))
    all[keyOf(name)] = (call) => translated(call, running, async (own) => dataOf(await handle(items(call), own)));
  for (const [name, handle] of Object.entries(service.serverStream))
    all[keyOf(name)] = (call) => translated(call, running, (own) => sendAll(call, handle(request(call), own)));
  for (const [name, handle] of Object.entries(service.bidi))
    all[keyOf(name)] = (call) => translated(call, running, (own) => sendAll(call, handle(items(call), own)));
  return all;
}

async function* items(call: Call): AsyncGenerator<Buffer> {
  for await (const item of call.items ?? []) yield bytesOf(item);
}

async function sendAll(call: Call, answers: AsyncIterable<Buffer>): Promise<Data> {
  for await (const answer of answers) await call.send?.(dataOf(answer));
  return { data: "" };
}

async function translated<T>(
  call: Call,
  running: ReadonlyMap<string, Running>,
  handle: (own: Exchange) => Promise<T>,
): Promise<T> {
  const own = running.get(call.id);
  if (own === undefined) throw new Error(`no call ${call.id}`);
  const exchange: Exchange = {
    requestHeaders: own.metadata,
    timeout: own.timeout,
    respondWith(headers, trailers) {
      own.headers = metadataFrom(headers);
      own.trailers = metadataFrom(trailers);
      own.release();
    },
    signal: call.signal,
  };
  try {
    return await handle(exchange);
  } catch (error) {
    if (!(error instanceof WireStatus)) throw error;
    own.details = error.details;
    throw new AppError({ code: codeFromGrpc(error.code), reason: "WIRE_STATUS", message: error.message });
  }
}

/** Stands between the library's call and our handlers; changes the call in place, as our own interceptors do. */
function between(running: Map<string, Running>): ServerInterceptor {
  return ({ requestStream }, call) => {
    const id = uuidv7();
    const { start, startRead, sendMetadata, sendMessage, sendStatus } = bound(call);
    let listener: Parameters<typeof start>[0] | undefined;
    let hasOpened = !requestStream;
    let held: Metadata | undefined;
    let isSent = false;
    const own = (): Running | undefined => running.get(id);
    const release = (): void => {
      if (held === undefined) return;
      const metadata = held;
      held = undefined;
      isSent = true;
      const { headers } = own() ?? {};
      if (headers !== undefined) metadata.merge(headers);
      sendMetadata(metadata);
    };
    call.start = (given) => {
      listener = given;
      start({
        onReceiveMetadata(metadata) {
          const deadline = Number(call.getDeadline());
          const timeout = Number.isFinite(deadline) ? deadline - Date.now() : undefined;
          running.set(id, {
            ...{ metadata: pairsOf(metadata), timeout },
            ...{ headers: undefined, trailers: undefined, details: undefined, release },
          });
          metadata.set("x-request-id", id);
          given.onReceiveMetadata(metadata);
        },
        onReceiveMessage: (message) => given.onReceiveMessage(message),
        onReceiveHalfClose: () => given.onReceiveHalfClose(),
        onCancel() {
          given.onCancel();
          running.delete(id);
        },
      });
    };
    call.startRead = () => {
      if (hasOpened) return startRead();
      hasOpened = true;
      listener?.onReceiveMessage(opening);
    };
    // The road opens a stream before its handler runs, who then says what he wants in the headers.
    call.sendMetadata = (metadata) => {
      held = metadata;
    };
    call.sendMessage = (message, sent) => {
      release();
      sendMessage(message, sent);
    };
    call.sendStatus = (given) => {
      release();
      const { headers, trailers, details } = own() ?? {};
      if (!isSent && headers !== undefined) sendMetadata(headers);
      const { metadata } = given;
      if (trailers !== undefined) metadata?.merge(trailers);
      // The details that our errors always carry are not what these tests look for.
      metadata?.remove("grpc-status-details-bin");
      if (details !== undefined) metadata?.set("grpc-status-details-bin", details);
      sendStatus(metadata == null && trailers !== undefined ? { ...given, metadata: trailers } : given);
    };
    return call as ReturnType<ServerInterceptor>; // see refusals.ts
  };
}

function bound(call: Parameters<ServerInterceptor>[1]) {
  return {
    start: call.start.bind(call),
    startRead: call.startRead.bind(call),
    sendMetadata: call.sendMetadata.bind(call),
    sendMessage: call.sendMessage.bind(call),
    sendStatus: call.sendStatus.bind(call),
  };
}
