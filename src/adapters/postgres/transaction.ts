// A transaction on one connection. BEGIN leaves with the first statement, COMMIT with the last ones.

import type { Backend, Transaction, TransactionOptions } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import { type Answer, type Connection, lostError, rollbackStatement, type Settle } from "./connection/connection.ts";
import type { Pool } from "./connection/pool.ts";
import { commitErrorFrom, databaseErrorFrom } from "./errors.ts";
import { watchLimits } from "./limits.ts";

/** SQLSTATE of what was sent behind a statement that failed. */
const notRun = "25P02";

/** Milliseconds that ROLLBACK may wait for the statements before it, until they are cancelled. */
const rollbackPatience = 200;

// Named, so that they are joined to what leaves with them.
const commitStatement: Statement = { name: "trivium_commit", text: "commit", values: [] };

/** BEGIN with everything the transaction asks for, so that the server's defaults do not matter. */
export function beginStatement(options: TransactionOptions): Statement {
  const text = `begin isolation level ${options.isolation} ${options.readOnly ? "read only" : "read write"}`;
  return { name: `trivium_${text.replaceAll(" ", "_")}`, text, values: [] };
}

/** See the port: Transaction. */
export class PooledTransaction implements Transaction {
  readonly #connection: Connection;
  readonly #options: TransactionOptions;
  readonly #commitTimeout: number;
  readonly #release: () => void;
  readonly #running = new Set<(error: DatabaseError) => void>();
  #state: "new" | "open" | "ended" = "new";
  #stopped: DatabaseError | undefined;
  #interrupted: Promise<void> | undefined;
  #rolledBack: Promise<void> | undefined;
  #firstFailure: DatabaseError | undefined;
  #endLimits: () => void = () => {};

  /** See the port: Database.begin. `commitTimeout`: milliseconds that COMMIT may take before its outcome is unknown. */
  static async begin(pool: Pool, options: TransactionOptions, commitTimeout: number): Promise<PooledTransaction> {
    const connection = pool.take() ?? (await pool.acquire(options));
    return new PooledTransaction(connection, options, commitTimeout, () => pool.release(connection));
  }

  constructor(connection: Connection, options: TransactionOptions, commitTimeout: number, release: () => void) {
    this.#connection = connection;
    this.#options = options;
    this.#commitTimeout = commitTimeout;
    this.#release = release;
  }

  get backend(): Backend | undefined {
    return this.#connection.backend;
  }

  query(statement: Statement): Promise<QueryResult> {
    if (this.#state === "new") this.#begin();
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    if (this.#state === "ended") return Promise.reject(new DatabaseError("statement", "The transaction has ended"));
    return new Promise((resolve, reject) => {
      this.#running.add(reject);
      const settle: Settle = (error, answer) => {
        this.#running.delete(reject);
        if (answer === undefined) reject(this.#failed(error));
        else resolve(answer);
      };
      this.#connection.run(statement, settle, true);
    });
  }

  async commit(): Promise<void> {
    if (this.#stopped !== undefined || (this.#state === "open" && this.#connection.lost.aborted)) {
      await this.rollback();
      throw this.#stopped ?? lostError(this.backend);
    }
    if (this.#state === "ended") throw new DatabaseError("statement", "The transaction has ended");
    if (this.#state === "new") return this.#end();
    this.#state = "ended";
    this.#endLimits();
    const timer = setTimeout(() => this.#connection.destroy(), this.#commitTimeout);
    try {
      this.#assertCommitted(await this.#sendCommit());
    } finally {
      clearTimeout(timer);
      this.#end();
    }
  }

  rollback(): Promise<void> {
    if (this.#state !== "ended") this.#rolledBack = this.#rollBack();
    return this.#rolledBack ?? Promise.resolve();
  }

  async #rollBack(): Promise<void> {
    const began = this.#state === "open";
    this.#state = "ended";
    this.#endLimits();
    if (this.#interrupted !== undefined) await this.#interrupted;
    else if (began) await this.#sendRollback();
    this.#end();
  }

  #begin(): void {
    this.#state = "open";
    this.#endLimits = watchLimits(this.#options, (error) => this.#stop(error));
    if (this.#stopped !== undefined) return;
    // Were BEGIN refused, what follows would not be in a transaction: the connection must not live to commit it.
    const settle: Settle = (error, answer) => {
      if (answer !== undefined) return;
      this.#failed(error);
      this.#connection.destroy();
    };
    this.#connection.run(beginStatement(this.#options), settle, true);
  }

  /**
   * The limits ended the transaction: nothing more may run, and what runs is cancelled. Whoever has it may go on for
   * long before he ends it, so its locks and its connection are free now.
   */
  #stop(error: DatabaseError): void {
    this.#stopped = error;
    for (const reject of this.#running) reject(error);
    if (this.#connection.busy) this.#interrupted = this.#connection.interrupt();
    void this.rollback();
  }

  async #sendCommit(): Promise<Answer> {
    try {
      return await this.#connection.send(commitStatement, true);
    } catch (thrown) {
      const error = commitErrorFrom(thrown, this.backend);
      if (error.kind !== "outcome unknown") await this.#sendRollback();
      throw error.sqlState === notRun ? this.#aborted() : error;
    }
  }

  async #sendRollback(): Promise<void> {
    const patience = setTimeout(() => {
      this.#interrupted = this.#connection.interrupt();
    }, rollbackPatience);
    try {
      await this.#connection.send(rollbackStatement);
    } catch {
      this.#connection.destroy();
    }
    clearTimeout(patience);
    await this.#interrupted;
  }

  #failed(thrown: unknown): DatabaseError {
    const error = databaseErrorFrom(thrown, this.backend, this.#connection.lost.aborted);
    this.#firstFailure ??= error;
    return error;
  }

  #assertCommitted(answer: Answer): void {
    if (answer.command !== "COMMIT") throw this.#aborted();
  }

  #aborted(): DatabaseError {
    return new DatabaseError("aborted", "The server rolled the transaction back: a statement in it had failed", {
      backend: this.backend,
      cause: this.#firstFailure,
    });
  }

  #end(): void {
    this.#state = "ended";
    this.#release();
  }
}
