// A TCP proxy for tests: breaks the network between a client and its server at a chosen moment.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** When a connection is to be cut, by what the client sends. */
export interface Cut {
  /** What to wait for in the client's bytes, such as `commit`. */
  readonly on: string;
  /** The server gets none of these bytes, or not the last ones, or all of them, and its answer is lost. */
  readonly when: "before" | "during" | "after";
}

/** Carries bytes between clients and one server, until told otherwise. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [client: Socket, upstream: Socket]>();
  readonly #target: { readonly host: string; readonly port: number };
  #cut: { readonly cut: Cut; readonly done: () => void } | undefined;
  #paused = false;

  /** Starts a proxy in front of a database's URL. */
  static async start(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(url);
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  private constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port || 5432) };
    this.#server = createServer((client) => this.#carry(client));
  }

  /** The given URL, but through the proxy. */
  through(url: string): string {
    const own = new URL(url);
    own.hostname = "127.0.0.1";
    // A TCP server's address is never a path.
    own.port = String((this.#server.address() as AddressInfo).port);
    return own.href;
  }

  /** Cuts the first connection whose client sends these bytes. Resolves when it has. */
  cutOn(cut: Cut): Promise<void> {
    return new Promise((resolve) => {
      this.#cut = { cut, done: resolve };
    });
  }

  /** Cuts all connections that there are. */
  cutAll(): void {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Holds all bytes back, both ways, also of new connections: a network that is silent. */
  pause(): void {
    this.#paused = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Holds back all bytes of the connections that there are, for ever: their network is silent. New ones work. */
  silenceOpen(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Holds back what new connections send, such as requests to cancel; those that there are go on. */
  holdNew(): void {
    this.#paused = true;
  }

  /** Lets the held bytes go. */
  resume(): void {
    this.#paused = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.cutAll();
    this.#server.close();
    await once(this.#server, "close");
  }

  #carry(client: Socket): void {
    const upstream = connect(this.#target);
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    client.on("data", (bytes: Buffer) => this.#fromClient(bytes, client, upstream));
    upstream.on("data", (bytes) => client.write(bytes));
    if (this.#paused) for (const socket of pair) socket.pause();
  }

  #fromClient(bytes: Buffer, client: Socket, upstream: Socket): void {
    const armed = this.#cut;
    if (armed === undefined || !bytes.includes(armed.cut.on)) {
      upstream.write(bytes);
      return;
    }
    this.#cut = undefined;
    const { on, when } = armed.cut;
    const sent = { before: 0, during: bytes.indexOf(on) + on.length - 1, after: bytes.length }[when];
    // The client hears nothing more; the server gets its part and finds the connection closed afterwards.
    upstream.removeAllListeners("data").resume();
    upstream.end(bytes.subarray(0, sent), () => {
      client.resetAndDestroy();
      armed.done();
    });
  }
}
