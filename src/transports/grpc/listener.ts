// The socket side of the gRPC road: our own listening socket, whose connections are handed to grpc-js.

import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Server, ServerCredentials } from "@grpc/grpc-js";
import { SetupError } from "../../core/setup-error.ts";

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
        const onError = (error: NodeJS.ErrnoException): void => reject(setupError(error, host, port));
        listening.once("error", onError);
        listening.listen({ host, port }, () => {
          listening.off("error", onError);
          resolve(addressOf(listening.address() as AddressInfo)); // listening on a port, so there is one
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

function setupError(error: NodeJS.ErrnoException, host: string, port: number): SetupError {
  const mend = "set GRPC_PORT to another one";
  const problem =
    error.code === "EADDRINUSE"
      ? `port ${port} is in use: stop the program that uses it, or ${mend}`
      : error.code === "EACCES"
        ? `port ${port} may not be opened by this user: ${mend}, above 1023`
        : error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND"
          ? `host "${host}" is no address of this machine: set HOST to one`
          : `port ${port} on "${host}" cannot be opened (${error.code ?? error.message}): ${mend}`;
  return new SetupError([problem], "The gRPC server cannot start");
}

function addressOf({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `localhost:${port}`;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
