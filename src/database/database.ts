// The database port. Adapters: adapters/postgres, adapters/embedded. Their comments here are guarantees, and the
// contract suite in testing/ checks each of them on every adapter.

import type { QueryResult, Statement } from "./statement.ts";

/** A database that speaks PostgreSQL's SQL. */
export interface Database {
  readonly features: DatabaseFeatures;

  /**
   * Runs one statement in a transaction of its own. Not retried: a lost connection is DatabaseError `unavailable`,
   * and a write may then have happened. Statements that are given in one turn of the event loop with the same `options`
   * object run one after the other on one connection and are sent together.
   */
  query(statement: Statement, options?: CallLimits): Promise<QueryResult>;

  /**
   * Takes a connection from the pool (bounded wait, then AppError POOL_EXHAUSTED; DATABASE_UNAVAILABLE when the server
   * cannot be reached). Sends nothing: BEGIN goes out with the first statement. The caller must end it by `commit`
   * or `rollback`, whatever happens.
   */
  begin(options: TransactionOptions): Promise<Transaction>;

  /**
   * Whether a transaction whose COMMIT got no answer took effect. `evidence` must return at least one row if and only
   * if it committed. Looks; if nothing is seen, terminates the transaction's backend, waits until it is gone and looks
   * again. Never guesses: throws AppError OUTCOME_UNKNOWN when it cannot be settled before the deadline.
   */
  settle(backend: Backend, evidence: Statement, limits: CallLimits): Promise<"committed" | "rolled back">;

  readonly locks: Locks;
  readonly wakeups: Wakeups;

  /** Waits for nothing: running transactions are cut off. Idempotent. */
  close(): Promise<void>;
}

/** What an adapter can do; the contract suite picks its tests by these. */
export interface DatabaseFeatures {
  /** Several transactions at once. */
  readonly concurrentTransactions: boolean;
  /** A running statement can be cancelled on the server. */
  readonly cancel: boolean;
  /** Other processes may use the same database. */
  readonly shared: boolean;
}

/** When to give up. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline?: number | undefined;
}

/** How a transaction behaves. */
export interface TransactionOptions extends CallLimits {
  readonly isolation: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
}

/** Names a server process of one connection, beyond re-use of its pid. */
export interface Backend {
  readonly pid: number;
  /** As the server gives it: with pid, unique. */
  readonly startedAt: string;
}

/**
 * One transaction on one connection.
 * Guarantees: statements run in the order in which `query` was called, and are sent without waiting for the ones before
 * (a round trip is spent only where the caller awaits). A failed statement makes the following ones fail until a
 * rollback to a savepoint. An aborted signal or a passed deadline cancels the running statement on the server and rolls
 * the transaction back, whether or not its owner has ended it; the connection returns to the pool only after that is
 * confirmed. Once COMMIT was sent neither has an effect.
 */
export interface Transaction {
  /** Throws DatabaseError. Savepoints are plain statements. */
  query(statement: Statement): Promise<QueryResult>;

  /**
   * Commits; a transaction that ran no statement costs nothing. May be called without awaiting the last statements:
   * they leave in one packet. Throws DatabaseError `aborted` when the server answered ROLLBACK, and `outcome unknown`
   * (with `backend`) when the connection was lost after COMMIT was sent.
   */
  commit(): Promise<void>;

  /** Rolls back and frees the connection. Never throws: a connection that cannot roll back is thrown away. */
  rollback(): Promise<void>;

  /** Known as soon as the connection is. Undefined where the database dies with the process. */
  readonly backend: Backend | undefined;
}

/** Locks between processes, held by a session: they end when their holder dies. */
export interface Locks {
  /**
   * The lock if it is free, undefined at once if another session (or this process) holds it. Throws AppError
   * DATABASE_UNAVAILABLE, as `acquire` does.
   */
  tryAcquire(name: string): Promise<Lock | undefined>;
  /** Waits for the lock; DatabaseError `cancelled` when the limits end the wait. */
  acquire(name: string, limits?: CallLimits): Promise<Lock>;
}

/** A held lock. */
export interface Lock {
  /** Aborts when the lock is lost (its connection died) or released. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Hints between processes that there is work. May be lost and may be doubled: everyone who listens also polls. */
export interface Wakeups {
  /** Coalesced: at most one hint per channel and 20 ms. Never waits, never throws. */
  notify(channel: string): void;
  /** Hears hints of this process and of others. Returns the function that ends it. */
  listen(channel: string, heard: () => void): () => void;
}
