// A request that asks for a WebSocket: it can be answered like any other until its connection is taken over.

import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Whether a request asks for a WebSocket, which HTTP/1.0 cannot do. */
export function isWebSocketUpgrade({ method, headers, httpVersion }: IncomingMessage): boolean {
  return method === "GET" && httpVersion === "1.1" && headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * The answer to a request for an upgrade. Node hands over the bare connection; answered without an upgrade, it is closed
 * after the answer.
 */
export class UpgradeResponse extends ServerResponse {
  /** What came on the connection after the request. */
  readonly head: Buffer;
  readonly #connection: Socket;

  constructor(request: IncomingMessage, socket: Socket, head: Buffer) {
    super(request);
    this.head = head;
    this.#connection = socket;
    this.shouldKeepAlive = false;
    // What goes wrong with it also closes it, which is heard.
    socket.on("error", () => undefined);
    // Who has closed his side can send nothing any more. Nothing else is read before the connection is taken over.
    socket.once("end", endOfClient);
    this.assignSocket(socket);
    this.once("finish", () => socket.destroySoon());
  }

  /** Gives the connection away: nothing is answered here any more. Undefined: the client has gone. */
  takeOver(): Socket | undefined {
    const socket = this.#connection;
    if (socket.destroyed || !socket.readable || !socket.writable) return undefined;
    socket.off("end", endOfClient);
    this.detachSocket(socket);
    return socket;
  }
}

function endOfClient(this: Socket): void {
  this.destroySoon();
}
