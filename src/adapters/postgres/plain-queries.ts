// Statements outside of a transaction. What one call sends in the same turn shares a connection and a packet.

import type { CallLimits } from "../../database/database.ts";
import type { DatabaseError } from "../../database/database-error.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import type { Connection } from "./connection/connection.ts";
import type { Pool } from "./connection/pool.ts";
import { databaseErrorFrom } from "./errors.ts";
import { watchLimits } from "./limits.ts";

/** See the port: Database.query. */
export class PlainQueries {
  readonly #pool: Pool;
  /** Of this turn of the event loop. A new map for each: one that is cleared would keep what it held for long. */
  #groups: Map<CallLimits, Group> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  query(statement: Statement, limits: CallLimits): Promise<QueryResult> {
    const groups = this.#groupsOfTurn();
    const known = groups.get(limits);
    if (known?.isOpen) return known.query(statement);
    const group = new Group(this.#pool, limits);
    groups.set(limits, group);
    const result = group.query(statement);
    group.start();
    return result;
  }

  #groupsOfTurn(): Map<CallLimits, Group> {
    if (this.#groups !== undefined) return this.#groups;
    process.nextTick(() => {
      this.#groups = undefined;
    });
    this.#groups = new Map();
    return this.#groups;
  }
}

interface Entry {
  readonly statement: Statement;
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements under one set of limits, on one connection. */
class Group {
  readonly #pool: Pool;
  readonly #limits: CallLimits;
  readonly #entries: Entry[] = [];
  #connection: Connection | undefined;
  #due = 0;
  #isOpen = true;
  #stopped: DatabaseError | undefined;
  #interrupted: Promise<void> | undefined;
  #endLimits: () => void = () => {};

  constructor(pool: Pool, limits: CallLimits) {
    this.#pool = pool;
    this.#limits = limits;
  }

  /** Whether it takes another statement. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  query(statement: Statement): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      const entry = { statement, resolve, reject };
      this.#entries.push(entry);
      if (this.#connection !== undefined) this.#send(this.#connection, entry);
    });
  }

  start(): void {
    const idle = this.#pool.take();
    if (idle !== undefined) this.#run(idle);
    else void this.#runLater();
  }

  async #runLater(): Promise<void> {
    try {
      this.#run(await this.#pool.acquire(this.#limits));
    } catch (error) {
      this.#rejectAll(error);
    }
  }

  #run(connection: Connection): void {
    this.#endLimits = watchLimits(this.#limits, (error) => this.#stop(error));
    if (this.#stopped !== undefined) {
      this.#pool.release(connection);
      return;
    }
    this.#connection = connection;
    for (const entry of this.#entries) this.#send(connection, entry);
  }

  #send(connection: Connection, { statement, resolve, reject }: Entry): void {
    this.#due++;
    connection.run(statement, (error, answer) => {
      const failure =
        answer === undefined ? databaseErrorFrom(error, connection.backend, connection.lost.aborted) : undefined;
      if (--this.#due === 0) this.#release(connection);
      if (answer === undefined) reject(failure);
      else resolve(answer);
    });
  }

  /** The limits ended the call: nothing more may run, and what runs is cancelled. */
  #stop(error: DatabaseError): void {
    this.#stopped = error;
    this.#rejectAll(error);
    this.#interrupted = this.#connection?.interrupt();
  }

  #rejectAll(error: unknown): void {
    this.#isOpen = false;
    for (const { reject } of this.#entries) reject(error);
  }

  #release(connection: Connection): void {
    this.#isOpen = false;
    this.#endLimits();
    if (this.#interrupted === undefined) this.#pool.release(connection);
    else void this.#interrupted.then(() => this.#pool.release(connection));
  }
}
