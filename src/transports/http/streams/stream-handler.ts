// The handler of an operation by its kind, for a server.

import type { RegisteredOperation } from "../../../contract/registry.ts";
import { type CallSettings, operationHandler, type RouteHandler } from "../call.ts";
import type { CorsPolicy } from "../headers/cors.ts";
import { bidiStreamHandler } from "./bidi-stream.ts";
import { clientStreamHandler } from "./client-stream.ts";
import { serverStreamHandler } from "./server-stream.ts";
import { type StreamTimes, streamTimes } from "./times.ts";
import { createAcceptor } from "./websocket/acceptor.ts";

/** What handlers need of their server. */
export interface HandlerSettings extends CallSettings {
  readonly cors: CorsPolicy | undefined;
  readonly times: Partial<StreamTimes> | undefined;
  /** Bytes of one message of a stream. */
  readonly messageLimit: number;
}

/** Makes handlers. */
export function handlerMaker(settings: HandlerSettings): (operation: RegisteredOperation) => RouteHandler {
  const { messageLimit } = settings;
  const times = { ...streamTimes, ...settings.times };
  const accept = createAcceptor(messageLimit, times.patience);
  return (operation) => {
    switch (operation.contract.kind) {
      case "query":
      case "command":
        return operationHandler(operation, settings);
      case "serverStream":
        return serverStreamHandler(operation, settings, times);
      case "clientStream":
        return clientStreamHandler(operation, settings, messageLimit);
      case "bidiStream":
        return bidiStreamHandler(operation, { ...settings, times, accept });
    }
  };
}
