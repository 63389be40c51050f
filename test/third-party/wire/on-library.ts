// A wire service on bare grpc-js, as its documentation has it: what our transport is compared with.

import { Readable } from "node:stream";
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { metadataFrom, pairsOf } from "./metadata.ts";
import { type Exchange, type WireServer, type WireService, WireStatus } from "./wire-service.ts";

type Call =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerReadableStream<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;

type HandleCall =
  | handleUnaryCall<Buffer, Buffer>
  | handleClientStreamingCall<Buffer, Buffer>
  | handleServerStreamingCall<Buffer, Buffer>
  | handleBidiStreamingCall<Buffer, Buffer>;

const pass = (bytes: Buffer): Buffer => bytes;

/** Serves on a free port of the loopback. `maxMessageBytes`: of a request. */
export async function serveOnLibrary(service: WireService, maxMessageBytes: number): Promise<WireServer> {
  const server = new Server({ "grpc.max_receive_message_length": maxMessageBytes, "grpc.enable_channelz": 0 });
  const register = (name: string, handler: HandleCall, type: string): void => {
    server.register(`/${service.name}/${name}`, handler, pass, pass, type);
  };
  for (const [name, handle] of Object.entries(service.unary)) {
    const unary: handleUnaryCall<Buffer, Buffer> = (call, reply) =>
      answerOnce(call, reply, (own) => handle(call.request, own));
    register(name, unary, "unary");
  }
  for (const [name, handle] of Object.entries(service.clientStream)) {
    const stream: handleClientStreamingCall<Buffer, Buffer> = (call, reply) =>
      answerOnce(call, reply, (own) => handle(read(call), own));
    register(name, stream, "clientStream");
  }
  for (const [name, handle] of Object.entries(service.serverStream)) {
    const stream: handleServerStreamingCall<Buffer, Buffer> = (call) =>
      void answerMany(call, (own) => handle(call.request, own));
    register(name, stream, "serverStream");
  }
  for (const [name, handle] of Object.entries(service.bidi)) {
    const stream: handleBidiStreamingCall<Buffer, Buffer> = (call) =>
      void answerMany(call, (own) => handle(read(call), own));
    register(name, stream, "bidi");
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { port, close: async () => server.forceShutdown() };
}

/** Asynchronous iteration would destroy a stream at the end of the requests, before its last answer is out. */
function read(call: ServerReadableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>): AsyncIterable<Buffer> {
  const iterator = Readable.prototype.iterator.call(call, { destroyOnReturn: false });
  return { [Symbol.asyncIterator]: () => iterator };
}

function exchangeOf(call: Call): Exchange & { readonly trailers: Metadata } {
  const gone = new AbortController();
  const events: NodeJS.EventEmitter = call; // one of several, whose own types of `on` do not join
  events.on("cancelled", () => gone.abort());
  const deadline = Number(call.getDeadline());
  const trailers = new Metadata();
  return {
    requestHeaders: pairsOf(call.metadata),
    timeout: Number.isFinite(deadline) ? deadline - Date.now() : undefined,
    respondWith(headers, trailing) {
      call.sendMetadata(metadataFrom(headers));
      trailers.merge(metadataFrom(trailing));
    },
    signal: gone.signal,
    trailers,
  };
}

function answerOnce(call: Call, reply: sendUnaryData<Buffer>, handle: (own: Exchange) => Promise<Buffer>): void {
  const own = exchangeOf(call);
  handle(own).then(
    (answer) => reply(null, answer, own.trailers),
    (error: unknown) => reply(statusOf(error, own.trailers)),
  );
}

async function answerMany(
  call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  handle: (own: Exchange) => AsyncIterable<Buffer>,
): Promise<void> {
  const own = exchangeOf(call);
  try {
    for await (const answer of handle(own)) {
      if (own.signal.aborted) return;
      if (!call.write(answer)) await new Promise((resolve) => call.once("drain", resolve).once("close", resolve));
    }
    call.end(own.trailers);
  } catch (error) {
    call.emit("error", statusOf(error, own.trailers));
  }
}

function statusOf(error: unknown, trailers: Metadata) {
  if (!(error instanceof WireStatus)) return { code: status.INTERNAL, details: String(error), metadata: trailers };
  if (error.details !== undefined) trailers.set("grpc-status-details-bin", error.details);
  return { code: error.code, details: error.message, metadata: trailers };
}
