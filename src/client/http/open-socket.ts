// Opens the WebSocket of a call.

import { appError } from "../../core/catalogue.ts";
import type { HttpRequest } from "./http-request.ts";
import { inBrowser } from "./platform.ts";

/** The subprotocol that both sides speak. */
const subprotocol = "trivium.v1";

/**
 * Opens it. Browsers let a page set no header field: there the credential goes along in the list of subprotocols, and
 * what the other fields would say is left out.
 */
export function openSocket({ url, headers }: HttpRequest): WebSocket {
  const address = url.replace(/^http/, "ws");
  if (!inBrowser) return new WebSocket(address, { protocols: [subprotocol], headers });
  const token = headers.authorization?.replace(/^Bearer /, "");
  try {
    return new WebSocket(address, token === undefined ? [subprotocol] : [subprotocol, `bearer.${token}`]);
  } catch (cause) {
    throw appError("CREDENTIAL_INVALID", { message: "The token cannot be sent with a WebSocket", cause });
  }
}
