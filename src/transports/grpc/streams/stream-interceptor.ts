// Takes the calls of stream operations away from the library's own handlers, which would read ahead of ours.

import { type Server, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { sendsMany, takesMany } from "../../../contract/operation.ts";
import { type StreamMethod, type StreamSettings, serveStream } from "./stream-exchange.ts";

/** The streams of a server, by path. */
export type StreamMethods = ReadonlyMap<string, StreamMethod>;

/** Serves the calls of these methods; all others go on. The last of a server's interceptors. */
export function streamInterceptor(methods: StreamMethods, settings: StreamSettings): ServerInterceptor {
  return ({ path }, call) => {
    const method = methods.get(path);
    // The type asks for the library's own class, which would wrap every event of every call; its interface is enough.
    if (method === undefined) return call as ServerInterceptingCall;
    return new ServerInterceptingCall(call, { start: () => serveStream(call, method, settings) });
  };
}

/** Tells a server of the methods, so that it takes their calls. Their handlers are never run: the interceptor comes first. */
export function registerStreams(server: Server, methods: StreamMethods): void {
  const passBytes = (bytes: Buffer): Buffer => bytes;
  for (const [path, { operation }] of methods) {
    const { contract } = operation;
    const type = takesMany(contract) ? (sendsMany(contract) ? "bidi" : "clientStream") : "serverStream";
    server.register(path, () => undefined, passBytes, passBytes, type);
  }
}
