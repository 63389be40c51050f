// The database port on a PostgreSQL server: a pool for calls, one session for locks, one for wakeups.

import { SetupError } from "../../core/setup-error.ts";
import type { Backend, CallLimits, Database, Transaction, TransactionOptions } from "../../database/database.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import { Pool, type PoolStats } from "./connection/pool.ts";
import { PostgresConnection } from "./connection/postgres-connection.ts";
import { Session } from "./connection/session.ts";
import { connectionSource, loadDriver } from "./driver.ts";
import { PostgresLocks } from "./locks.ts";
import { PlainQueries } from "./plain-queries.ts";
import { settle } from "./settle.ts";
import { connectProblem, urlProblems } from "./setup-problems.ts";
import { PooledTransaction } from "./transaction.ts";
import { PostgresWakeups } from "./wakeups.ts";

/** How to reach the server. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database` */
  readonly url: string;
  /** Connections of the pool; 10 if not given. Locks and wakeups use one more each. */
  readonly max?: number | undefined;
  /** Milliseconds that a call waits for a connection in use; 2,000 if not given. */
  readonly waitTimeout?: number | undefined;
  /** Milliseconds that opening a connection may take; 5,000 if not given. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds that COMMIT may take before its outcome counts as unknown; 5,000 if not given. */
  readonly commitTimeout?: number | undefined;
  readonly observe?: DatabaseObserver | undefined;
  /** Settings of every session of the pool, such as `trivium.unit`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** The database port, and how full its pool is. */
export interface PostgresDatabase extends Database {
  stats(): PoolStats;
}

/**
 * Connects once to see that the server is there. Throws SetupError with what to do: package missing, URL wrong, server
 * not reachable, user or database refused. Later losses of the connection mend themselves.
 *
 * @example const database = await createPostgresDatabase({ url: process.env.DATABASE_URL });
 */
export async function createPostgresDatabase(options: PostgresOptions): Promise<PostgresDatabase> {
  const problems = urlProblems(options.url);
  if (problems.length > 0) throw new SetupError(problems);
  const source = connectionSource(await loadDriver(), options.url, {
    connectTimeout: options.connectTimeout ?? 5_000,
    observe: options.observe,
    settings: options.settings,
  });
  const pool = new Pool({
    open: () => PostgresConnection.open(source),
    max: options.max ?? 10,
    waitTimeout: options.waitTimeout ?? 2_000,
  });
  try {
    pool.release(await pool.acquire());
  } catch (error) {
    throw new SetupError([connectProblem(options.url, error instanceof Error ? error.cause : error)]);
  }
  // What the sessions beside the pool send belongs to no call.
  const unobserved = { ...source, observe: undefined };
  return new PooledDatabase(pool, () => PostgresConnection.open(unobserved), options.commitTimeout ?? 5_000);
}

class PooledDatabase implements PostgresDatabase {
  readonly features = { concurrentTransactions: true, cancel: true, shared: true };
  readonly locks: PostgresLocks;
  readonly wakeups: PostgresWakeups;
  readonly #pool: Pool;
  readonly #queries: PlainQueries;
  readonly #open: () => Promise<PostgresConnection>;
  readonly #commitTimeout: number;
  readonly #sessions: readonly Session[];

  constructor(pool: Pool, open: () => Promise<PostgresConnection>, commitTimeout: number) {
    const lockSession = new Session(open);
    const wakeupSession = new Session(open);
    this.#pool = pool;
    this.#queries = new PlainQueries(pool);
    this.#open = open;
    this.#commitTimeout = commitTimeout;
    this.#sessions = [lockSession, wakeupSession];
    this.locks = new PostgresLocks(lockSession);
    this.wakeups = new PostgresWakeups(wakeupSession);
  }

  query(statement: Statement, options: CallLimits = {}): Promise<QueryResult> {
    return this.#queries.query(statement, options);
  }

  begin(options: TransactionOptions): Promise<Transaction> {
    return PooledTransaction.begin(this.#pool, options, this.#commitTimeout);
  }

  settle(backend: Backend, evidence: Statement, limits: CallLimits): Promise<"committed" | "rolled back"> {
    return settle(this.#open, backend, evidence, limits);
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  async close(): Promise<void> {
    this.wakeups.close();
    await Promise.all([this.#pool.close(), ...this.#sessions.map((session) => session.close())]);
  }
}
