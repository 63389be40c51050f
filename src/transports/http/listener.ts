// The socket side of the HTTP road: a hardened Node server, opened and closed with care.

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { appError } from "../../core/catalogue.ts";
import { addressText, listenError } from "../../core/listen-error.ts";
import { errorFromParser, refuseOnResponse, refuseOnSocket } from "./refusals.ts";
import { isWebSocketUpgrade, UpgradeResponse } from "./streams/websocket/upgrade.ts";

const seconds = 1000;

/** Milliseconds within which a request must have arrived with its body. */
const requestTimeout = 60 * seconds;

/** Milliseconds of silence on a connection after which TCP asks whether the other host is there. */
const keepAliveAfter = 60 * seconds;

/**
 * The limits of a connection. Headers must arrive in time, so that a slow client holds no connection for ever (the whole
 * request likewise: see `limitRequests`); an idle connection outlives the 60 s of common load balancers, so that they never send a request
 * into one that is just being closed.
 */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 20 * seconds,
  // Node's own would also cut the bodies of client streams, which take as long as they take.
  requestTimeout: 0,
  keepAliveTimeout: 72 * seconds,
  connectionsCheckingInterval: 5 * seconds,
  noDelay: true,
  // Checked below instead: Node's own refusal has no body.
  requireHostHeader: false,
  // Any other upgrade is passed over, as HTTP allows.
  shouldUpgradeCallback: isWebSocketUpgrade,
};

/** Makes the Node server; what its parser refuses is answered with a problem object where an answer can be given. */
export function createListener(handle: RequestListener): Server {
  const handleNamed: RequestListener = (request, response) => {
    if (request.headers.host !== undefined || request.httpVersion === "1.0") return handle(request, response);
    refuseOnResponse(response, appError("MALFORMED_REQUEST", { message: "The Host header is missing" }));
  };
  const server = createServer(limits, handleNamed);
  server.on("upgrade", (request, socket: Socket, head) =>
    handleNamed(request, new UpgradeResponse(request, socket, head)),
  );
  // No limit: past it Node answers 503 by itself, in a form that is not ours.
  server.maxRequestsPerSocket = 0;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable || isAnswering(socket)) socket.destroy();
    else refuseOnSocket(socket, errorFromParser(error.code));
  });
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  server.on("connect", (_request, socket: Socket) => refuseOnSocket(socket, appError("METHOD_NOT_ALLOWED")));
  return server;
}

/** Whether an answer has begun on the connection: a second one would be read as a part of it. */
function isAnswering(socket: Socket): boolean {
  return messageOn(socket)?.headersSent ?? false;
}

/** The answer that a connection is waiting for or being sent. */
function messageOn(socket: Socket): { readonly headersSent: boolean } | null | undefined {
  const { _httpMessage } = socket as { _httpMessage?: { readonly headersSent: boolean } | null }; // Node's own field, named in its documentation of clientError
  return _httpMessage;
}

/** Opens the port; answers the address as a URL. Throws SetupError where it cannot be had. */
export function openPort(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, "HTTP_PORT", host, port));
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve(`http://${addressText(server.address() as AddressInfo)}`); // listening on a port, so there is one
    });
  });
}

/**
 * Closes: no new connections, idle ones at once, the others after their answer, all of them after `graceMillis`.
 * Resolves when the last is closed.
 */
export function closeListener(server: Server, sockets: ReadonlySet<Socket>, graceMillis: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy(); // WebSockets, which are no longer the server's own
    }, graceMillis);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    // A connection that never sent a byte does not count as idle for Node 24, and nothing is lost with it.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  });
}

const exempt = new WeakSet<IncomingMessage>();

/** Lets a request take as long as it takes. One whose host has vanished would take for ever: so TCP asks after it. */
export function exemptFromTimeout(request: IncomingMessage): void {
  exempt.add(request);
  request.socket.setKeepAlive(true, keepAliveAfter);
}

/**
 * Refuses requests that are not there as a whole after `timeout` milliseconds, save those that are exempt. Checked every
 * few seconds over all connections, so that a request by itself costs nothing.
 */
export function limitRequests(server: Server, sockets: ReadonlySet<Socket>, timeout = requestTimeout): void {
  const begun = new WeakMap<IncomingMessage, number>();
  const check = (): void => {
    const now = Date.now();
    for (const socket of sockets) {
      const request = arriving(socket);
      if (request === undefined || request.complete || exempt.has(request)) continue;
      const since = begun.get(request);
      if (since === undefined) begun.set(request, now);
      else if (now - since < timeout) continue;
      else if (isAnswered(socket)) socket.destroy();
      else
        server.emit(
          "clientError",
          Object.assign(new Error("Request timeout"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }),
          socket,
        );
    }
  };
  const timer = setInterval(check, Math.min(limits.connectionsCheckingInterval, timeout)).unref();
  server.once("close", () => clearInterval(timer));
}

/** Whether the answer to what is coming in is out: another one would be taken for the answer to what follows. */
function isAnswered(socket: Socket): boolean {
  return messageOn(socket) === null;
}

/** The request whose body is coming in on a connection. */
function arriving(socket: Socket): IncomingMessage | undefined {
  const { parser } = socket as { parser?: { readonly incoming?: IncomingMessage | null } | null }; // Node's own fields: a test holds them to it
  return parser?.incoming ?? undefined;
}

/** The open connections of a server, kept up to date. */
export function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}
