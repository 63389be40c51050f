// What is left of a body when its answer is out: read and dropped, within bounds, so that the answer arrives.

import type { IncomingMessage } from "node:http";

/** How much is still read for a client that goes on sending. */
const limit = { bytes: 8 * 1024 * 1024, millis: 2000 };

/**
 * Drops the rest of a body. A connection that is closed with bytes unread is reset, and the answer may be lost with it:
 * so a close that was asked for waits for the end of the body, and one who never ends is cut off.
 */
export function dropRest(message: IncomingMessage): void {
  const { socket } = message;
  if (message.readableEnded || message.destroyed || socket.destroyed) return;
  let left = limit.bytes;
  let isClosing = false;
  const cut = (): void => void socket.destroy();
  const timer = setTimeout(cut, limit.millis);
  // Node's way to close a connection after its last answer.
  socket.destroySoon = () => {
    isClosing = true;
    socket.end();
  };
  message.on("data", (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) cut();
  });
  message.once("end", () => {
    if (isClosing) cut();
    else Reflect.deleteProperty(socket, "destroySoon");
  });
  message.once("close", () => clearTimeout(timer));
  message.resume();
}
