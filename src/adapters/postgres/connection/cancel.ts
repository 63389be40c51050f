// The cancel request of PostgreSQL's protocol: sent on a connection of its own, answered by nothing but its end.

import { connect, type Socket } from "node:net";
import type pg from "pg";

/** The request code that the protocol reserves for cancelling. */
const cancelCode = 80_877_102;

/**
 * Asks the server to cancel what a client's session runs. Resolves when the server has closed the connection: by then it
 * has signalled the session's backend. Rejects when the server cannot be reached, or
 * the signal gives up.
 */
export function cancelRequest(client: pg.Client, signal: AbortSignal): Promise<void> {
  // The driver's types leave out the key that the server sent at start-up.
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(cancelCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve, reject) => {
    // Not ended from this side: something in between might then close it before the server has read the request.
    const socket = connect({ ...addressOf(client), signal }, () => socket.write(request));
    socket.on("close", () => resolve());
    socket.on("error", reject);
    socket.resume();
  });
}

/** Where the session's own server is: behind one name there may be several. */
function addressOf(client: pg.Client): { host: string; port: number } | { path: string } {
  // The driver always makes a socket; its types name only what it uses of it.
  const socket = client.connection.stream as Socket;
  if (socket.remoteAddress !== undefined && socket.remotePort !== undefined) {
    return { host: socket.remoteAddress, port: socket.remotePort };
  }
  return { path: `${client.host}/.s.PGSQL.${client.port}` };
}
