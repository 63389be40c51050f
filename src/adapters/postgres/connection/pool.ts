// The connections that calls share: bounded in number, bounded in how long a call waits for one.

import { appError } from "../../../core/catalogue.ts";
import type { CallLimits } from "../../../database/database.ts";
import { watchLimits, withinLimits } from "../limits.ts";
import type { Connection } from "./connection.ts";

/** How full a pool is. */
export interface PoolStats {
  /** Connections that are open or being opened. */
  readonly size: number;
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** The bounds of a pool. */
export interface PoolOptions {
  readonly open: () => Promise<Connection>;
  readonly max: number;
  /** Milliseconds that `acquire` waits for a connection that others use. */
  readonly waitTimeout: number;
}

interface Waiter {
  /** Given nothing, the waiter holds a place and opens a connection itself. */
  readonly take: (connection: Connection | undefined) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Hands out connections, first come first served; the one used last goes first.
 * Guarantee: a connection has one owner; one that is not clean is thrown away, and the next call opens another.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiters: Waiter[] = [];
  /** Places taken by connections that are not open yet. */
  #opening = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  stats(): PoolStats {
    return { size: this.#all.size + this.#opening, idle: this.#idle.length, waiting: this.#waiters.length };
  }

  /** As `acquire`, if there is an idle one: then without waiting. */
  take(): Connection | undefined {
    return this.#closed ? undefined : this.#idle.pop();
  }

  /**
   * A connection of the caller's own, until `release`. Throws AppError POOL_EXHAUSTED after the bounded wait,
   * DATABASE_UNAVAILABLE when none can be opened, DatabaseError `cancelled` when the caller's limits end the wait.
   */
  async acquire(limits: CallLimits = {}): Promise<Connection> {
    if (this.#closed) throw appError("DATABASE_UNAVAILABLE", { cause: new Error("The database was closed") });
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size + this.#opening < this.#options.max) this.#opening++;
    else {
      const given = await this.#turn(limits);
      if (given !== undefined) return given;
    }
    return withinLimits(this.#open(), limits, (connection) => this.release(connection));
  }

  /** Gives a connection back. */
  release(connection: Connection): void {
    if (!connection.reusable || this.#closed) {
      this.#drop(connection);
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(connection);
    else waiter.take(connection);
  }

  /** Closes what is idle and cuts off what is in use. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.fail(appError("DATABASE_UNAVAILABLE", { cause: new Error("The database was closed") }));
    }
    const idle = this.#idle.splice(0);
    for (const connection of this.#all) if (!idle.includes(connection)) connection.destroy();
    await Promise.all(idle.map((connection) => connection.close()));
  }

  /** Waits for a connection that is given back, or for a place to open one. */
  #turn(limits: CallLimits): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        endLimits();
        const index = this.#waiters.indexOf(waiter);
        if (index >= 0) this.#waiters.splice(index, 1);
      };
      const waiter: Waiter = {
        take: (connection) => {
          end();
          resolve(connection);
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      this.#waiters.push(waiter);
      const timer = setTimeout(() => waiter.fail(appError("POOL_EXHAUSTED")), this.#options.waitTimeout);
      let endLimits = (): void => {};
      endLimits = watchLimits(limits, waiter.fail);
    });
  }

  /** Opens a connection in the place that the caller holds. */
  async #open(): Promise<Connection> {
    try {
      const connection = await this.#options.open();
      if (this.#closed) {
        connection.destroy();
        throw new Error("The database was closed");
      }
      this.#all.add(connection);
      connection.lost.addEventListener("abort", () => this.#drop(connection), { once: true });
      return connection;
    } catch (error) {
      // The place is free again: whoever waits may try.
      queueMicrotask(() => this.#offerPlace());
      throw appError("DATABASE_UNAVAILABLE", { cause: error });
    } finally {
      this.#opening--;
    }
  }

  #drop(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    connection.destroy();
    this.#offerPlace();
  }

  #offerPlace(): void {
    if (this.#all.size + this.#opening >= this.#options.max) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    this.#opening++;
    waiter.take(undefined);
  }
}
