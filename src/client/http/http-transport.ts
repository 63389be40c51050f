// HTTP as a client's road.

import { SetupError } from "../../core/setup-error.ts";
import type { ClientTransport } from "../transport.ts";
import { createHttpCaller } from "./http-caller.ts";

/** Where the server is. */
export interface HttpTransportOptions {
  /** Base URL: `https://chat.example.com`. */
  readonly url: string;
}

/**
 * A road over HTTP, by `fetch` and `WebSocket`: the one that `createClient` takes with an `url`. Throws SetupError for what
 * is no address of HTTP.
 */
export function httpTransport({ url }: HttpTransportOptions): ClientTransport {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new SetupError(
      [`url ${JSON.stringify(url)}: expected an address such as https://chat.example.com`],
      "The client cannot be made",
    );
  return { app: undefined, connect: () => createHttpCaller({ url }), close: () => undefined };
}
