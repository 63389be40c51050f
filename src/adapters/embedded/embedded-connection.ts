// The embedded database's one connection, with the manners of a connection to a server.

import type { DatabaseObserver } from "../../database/observation.ts";
import type { Statement } from "../../database/statement.ts";
import {
  type Answer,
  type Connection,
  lostError,
  observed,
  rollbackStatement,
  type Settle,
  settleBy,
} from "../postgres/connection/connection.ts";
import type { Engine } from "./engine.ts";

/** See Connection. It has no backend, for nothing of it outlives the process; a running statement cannot be cancelled. */
export class EmbeddedConnection implements Connection {
  readonly backend = undefined;
  readonly #engine: Engine;
  readonly #observe: DatabaseObserver | undefined;
  readonly #lost = new AbortController();
  #due = 0;

  constructor(engine: Engine, observe: DatabaseObserver | undefined) {
    this.#engine = engine;
    this.#observe = observe;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get busy(): boolean {
    return this.#due > 0;
  }

  get reusable(): boolean {
    return !this.#lost.signal.aborted && !this.busy && !this.#engine.inTransaction;
  }

  send(statement: Statement): Promise<Answer> {
    if (this.#lost.signal.aborted) return Promise.reject(lostError(undefined));
    if (this.#observe === undefined) return this.#submit(statement);
    return observed(this, this.#observe, statement, () => this.#submit(statement));
  }

  run(statement: Statement, settle: Settle): void {
    settleBy(this.send(statement), settle);
  }

  async interrupt(): Promise<void> {
    await this.#submit(rollbackStatement).catch(() => this.destroy());
  }

  async close(): Promise<void> {
    this.destroy();
  }

  /** The database itself is closed by its owner. */
  destroy(): void {
    this.#lost.abort();
  }

  async #submit(statement: Statement): Promise<Answer> {
    this.#due++;
    try {
      return await this.#engine.run(statement);
    } finally {
      this.#due--;
    }
  }
}
