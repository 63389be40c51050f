// The socket side of the gRPC road: our own listening socket, whose connections are handed to grpc-js.

import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Server, ServerCredentials } from "@grpc/grpc-js";
import { addressText, listenError } from "../../core/listen-error.ts";

/** An open port. */
export interface Listener {
  /** Opens the port; answers the address, `127.0.0.1:9090`. Throws SetupError where it cannot be had. */
  listen(): Promise<string>;
  /**
   * No new connections; GOAWAY on the open ones, which end after their last call, or after `graceMillis` at the latest.
   * Resolves when the last is closed.
   */
  close(graceMillis: number): Promise<void>;
}

/**
 * The listener of a server. The socket is ours, not the library's: so a busy port has its own error, a broken
 * connection cannot throw, and what outlives the grace can be cut.
 */
export function createListener(server: Server, credentials: ServerCredentials, host: string, port: number): Listener {
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    // A reset connection is no error of ours: its calls hear of it by their own cancellation.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, "GRPC_PORT", host, port));
        listening.once("error", onError);
        listening.listen({ host, port }, () => {
          listening.off("error", onError);
          resolve(addressText(listening.address() as AddressInfo)); // listening on a port, so there is one
        });
      }),
    close: (graceMillis) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMillis);
        listening.close(() => {
          clearTimeout(cut);
          resolve();
        });
        injector.destroy();
      }),
  };
}
