// What a transaction and a pool need of a connection, be it to a server or to the embedded database.

import type { Backend } from "../../../database/database.ts";
import { DatabaseError } from "../../../database/database-error.ts";
import type { DatabaseObserver } from "../../../database/observation.ts";
import type { QueryResult, Statement } from "../../../database/statement.ts";
import { databaseErrorFrom } from "../errors.ts";

/** What a statement answered, with its command tag's first word. */
export interface Answer extends QueryResult {
  readonly command: string;
}

/** Told once: what was answered, or the error with which `send` would reject. */
export type Settle = (error: unknown, answer: Answer | undefined) => void;

/**
 * A connection with one owner at a time.
 * Guarantees: statements run in the order in which they were given; each is settled, also when the connection is lost.
 */
export interface Connection {
  readonly backend: Backend | undefined;
  /** Aborts when the connection is gone, for whatever reason. */
  readonly lost: AbortSignal;
  /** Whether an answer is due. */
  readonly busy: boolean;
  /** Whether the next owner may have it: alive, idle, in no transaction. */
  readonly reusable: boolean;
  /** Sends a statement. Rejects with the driver's own error, or DatabaseError `unavailable` if nothing could be sent. */
  send(statement: Statement, isJoined?: boolean): Promise<Answer>;
  /**
   * The same without a promise. `settle` is called later, never from inside. Joined statements of one turn, all of one
   * transaction, are answered together, and what follows one that fails is not run (SQLSTATE 25P02).
   */
  run(statement: Statement, settle: Settle, isJoined?: boolean): void;
  /** Ends what runs and rolls back. Afterwards the connection is clean or destroyed. Never throws. */
  interrupt(): Promise<void>;
  /** Says good-bye if idle, else cuts off. */
  close(): Promise<void>;
  /** Cuts the connection off. Statements that run reject. */
  destroy(): void;
}

/** ROLLBACK, also where there may be nothing to roll back. */
export const rollbackStatement: Statement = { text: "rollback", values: [] };

/** The error of a statement on a connection that was lost before. */
export function lostError(backend: Backend | undefined): DatabaseError {
  return new DatabaseError("unavailable", "The connection to the database is lost", { backend });
}

/** `run` as a promise. */
export function sendOn(connection: Connection, statement: Statement, isJoined?: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.run(statement, (error, answer) => (answer === undefined ? reject(error) : resolve(answer)), isJoined);
  });
}

/** A promise's outcome for a `settle`. */
export function settleBy(answered: Promise<Answer>, settle: Settle): void {
  answered.then(
    (answer) => settle(undefined, answer),
    (error: unknown) => settle(error, undefined),
  );
}

/** Runs a statement and tells the observer, in the async context of the caller. */
export async function observed(
  connection: Connection,
  observe: DatabaseObserver,
  statement: Statement,
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (!connection.busy) observe({ kind: "wait" });
  const start = performance.now();
  const told = { kind: "statement", text: statement.text, startedAt: Date.now() } as const;
  try {
    const answer = await run();
    observe({ ...told, duration: performance.now() - start, rowCount: answer.rowCount, error: undefined });
    return answer;
  } catch (thrown) {
    const error = databaseErrorFrom(thrown, connection.backend, connection.lost.aborted);
    observe({ ...told, duration: performance.now() - start, rowCount: undefined, error });
    throw thrown;
  }
}
