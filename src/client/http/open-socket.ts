// Opens the WebSocket of a call.

import { appError } from "../../core/catalogue.ts";
import type { HttpRequest } from "./http-request.ts";
import { inBrowser } from "./platform.ts";

/** The subprotocol of a connection that is opened only to tell why it is refused: a refused handshake tells nothing. */
export const refusals = "trivium.v1.refusals";

const subprotocols = ["trivium.v1", refusals];

/**
 * Opens it. Browsers let a page set no header field: there the credential goes along in the list of subprotocols, and
 * what the other fields would say is left out.
 */
export function openSocket({ url, headers }: HttpRequest): WebSocket {
  const address = url.replace(/^http/, "ws");
  if (!inBrowser) return new WebSocket(address, { protocols: subprotocols, headers });
  const token = headers.authorization?.replace(/^Bearer /, "");
  try {
    return new WebSocket(address, token === undefined ? subprotocols : [...subprotocols, `bearer.${token}`]);
  } catch (cause) {
    throw appError("CREDENTIAL_INVALID", { message: "The token cannot be sent with a WebSocket", cause });
  }
}
