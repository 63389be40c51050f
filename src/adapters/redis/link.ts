// One connection to the server, from its opening to its loss. A new one is a new link: so what is sent over a link always
// goes to the server whose run id it bears.

import { randomBytes } from "node:crypto";
import { type Argument, type Client, clientFor, type Driver } from "./driver.ts";
import { type ServerInfo, serverInfoFrom } from "./setup-problems.ts";

/** How a link is opened. */
export interface LinkOptions {
  readonly url: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Told once, when the connection is lost or `close` was called. */
  readonly onLost: (link: Link) => void;
}

/** An open connection. */
export class Link {
  readonly info: ServerInfo;
  readonly #client: Client;
  readonly #onLost: (link: Link) => void;
  readonly #mark: string;
  #scripts = 0;
  #lost = false;

  /** Connects and reads what the server is. Rejects with the driver's error, within the time given. */
  static async open(driver: Driver, { url, timeout, onLost }: LinkOptions): Promise<Link> {
    const client = clientFor(driver, url, timeout);
    let onError = (_: unknown): void => {};
    const failed = new Promise<never>((_, reject) => {
      onError = reject;
      setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout).unref();
    });
    client.on("error", (error) => onError(error));
    const opening = client.connect().then(() => client.sendCommand<Buffer>(["INFO"]));
    try {
      const info = serverInfoFrom(String(await Promise.race([opening, failed])));
      const link = new Link(client, info, onLost);
      onError = () => link.close();
      return link;
    } catch (error) {
      client.destroy();
      // A connection that comes about all the same is not left open.
      opening.then(
        () => client.destroy(),
        () => {},
      );
      throw error;
    }
  }

  private constructor(client: Client, info: ServerInfo, onLost: (link: Link) => void) {
    this.#client = client;
    this.info = info;
    this.#onLost = onLost;
    // Fresh for every connection, never kept: lives that begin with it have a nonce of their own.
    this.#mark = info.runId + randomBytes(9).toString("base64url");
  }

  /** The server's run id, then a text that no other script's call has. */
  mark(): string {
    return `${this.#mark}${(++this.#scripts).toString(36)}`;
  }

  /** Rejects with the server's refusal, or with the driver's error when the link is lost. */
  send(args: readonly Argument[]): Promise<unknown> {
    return this.#client.sendCommand(args);
  }

  /** Ends it at once: what was sent and not answered is rejected. */
  close(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#client.destroy();
    this.#onLost(this);
  }
}
