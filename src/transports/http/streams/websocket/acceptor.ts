// The handshake's end: a request whose call was let in becomes a WebSocket.

import type { IncomingMessage } from "node:http";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { refusalSubprotocol, subprotocol } from "./handshake.ts";
import type { UpgradeResponse } from "./upgrade.ts";

/**
 * Takes the connection of a request over and answers 101, with these headers, names and values in turn. Undefined: the
 * client has gone. `refuses`: it is opened to tell of a refusal.
 */
export type Acceptor = (
  request: IncomingMessage,
  response: UpgradeResponse,
  headers: readonly string[],
  refuses?: boolean,
) => WebSocket | undefined;

/** Makes the acceptor of a server. `maxPayload`: bytes of a frame. `closeTimeout`: milliseconds for the client's close. */
export function createAcceptor(maxPayload: number, closeTimeout: number): Acceptor {
  let extra: readonly string[] = [];
  let protocol = subprotocol;
  // Its types do not know the time yet.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload,
    closeTimeout,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  };
  const server = new WebSocketServer(options);
  server.on("headers", (lines) => {
    for (let at = 0; at < extra.length; at += 2) lines.push(`${extra[at]}: ${extra[at + 1]}`);
  });
  return (request, response, headers, refuses = false) => {
    const socket = response.takeOver();
    if (socket === undefined) return undefined;
    let accepted: WebSocket | undefined;
    extra = headers;
    protocol = refuses ? refusalSubprotocol : subprotocol;
    server.handleUpgrade(request, socket, response.head, (made) => {
      accepted = made;
    });
    return accepted;
  };
}
