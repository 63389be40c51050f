// A connection outside the pool that lives long: opened when first needed, opened again after it was lost.

import type { PostgresConnection } from "./postgres-connection.ts";

/** Milliseconds between two signs of life, and how long the server may take to answer one. */
const heartbeat = 5_000;

/** Keeps at most one connection. */
export class Session {
  readonly #open: () => Promise<PostgresConnection>;
  #current: Promise<PostgresConnection> | undefined;
  #closed = false;

  constructor(open: () => Promise<PostgresConnection>) {
    this.#open = open;
  }

  /** The connection; opened if there is none. Rejects when it cannot be. */
  connection(): Promise<PostgresConnection> {
    if (this.#closed) return Promise.reject(new Error("The database was closed"));
    this.#current ??= this.#connect();
    return this.#current;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#current?.catch(() => undefined);
    await connection?.close();
  }

  async #connect(): Promise<PostgresConnection> {
    try {
      const connection = await this.#open();
      connection.lost.addEventListener("abort", () => this.#forget(), { once: true });
      if (connection.lost.aborted) this.#forget();
      watchOver(connection);
      return connection;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #forget(): void {
    this.#current = undefined;
  }
}

/** A connection that only waits does not learn that the network is gone: ask it, and cut it off when it is silent. */
function watchOver(connection: PostgresConnection): void {
  const timer = setInterval(() => {
    let isHeard = false;
    // An answer may have come while this process stood still: it is read before the check.
    const check = (): void => void setImmediate(() => isHeard || connection.destroy());
    const silent = setTimeout(check, heartbeat);
    const heard = (): void => {
      isHeard = true;
      clearTimeout(silent);
    };
    connection.send({ text: "select 1", values: [] }).then(heard, heard);
  }, heartbeat);
  connection.lost.addEventListener("abort", () => clearInterval(timer), { once: true });
}
