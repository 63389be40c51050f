// HTTP as a client's road.

import type { ClientTransport } from "../transport.ts";
import { createHttpCaller } from "./http-caller.ts";

/** Where the server is. */
export interface HttpTransportOptions {
  /** Base URL: `https://chat.example.com`. */
  readonly url: string;
}

/** A road over HTTP, by `fetch` and `WebSocket`: the one that `createClient` takes with an `url`. */
export function httpTransport({ url }: HttpTransportOptions): ClientTransport {
  return { app: undefined, connect: () => createHttpCaller({ url }), close: () => undefined };
}
