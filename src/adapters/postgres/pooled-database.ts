// Statements and transactions on the connections of a pool: what both kinds of database do alike.

import type { CallLimits, TransactionOptions } from "../../database/database.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import type { Pool } from "./connection/pool.ts";
import { databaseErrorFrom } from "./errors.ts";
import { watchLimits } from "./limits.ts";
import { PooledTransaction } from "./transaction.ts";

/** See the port: Database.begin. */
export async function beginOn(
  pool: Pool,
  options: TransactionOptions,
  commitTimeout: number,
): Promise<PooledTransaction> {
  const connection = await pool.acquire(options);
  return new PooledTransaction(connection, options, commitTimeout, () => pool.release(connection));
}

/** See the port: Database.query. */
export async function queryOn(pool: Pool, statement: Statement, limits: CallLimits): Promise<QueryResult> {
  const connection = await pool.acquire(limits);
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
  let interrupted: Promise<void> | undefined;
  const endLimits = watchLimits(limits, (error) => {
    reject(error);
    interrupted = connection.interrupt();
  });
  const release = (): void => {
    endLimits();
    if (interrupted === undefined) pool.release(connection);
    else void interrupted.then(() => pool.release(connection));
  };
  if (interrupted !== undefined) {
    release();
    return promise;
  }
  connection.send(statement).then(
    (answer) => {
      release();
      resolve(answer);
    },
    (error: unknown) => {
      const failure = databaseErrorFrom(error, connection.backend, connection.lost.aborted);
      release();
      reject(failure);
    },
  );
  return promise;
}
