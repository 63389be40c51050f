// Locks between processes: advisory locks of one session, so that they end when their holder dies.

import { createHash } from "node:crypto";
import { sleep } from "../../core/async.ts";
import { appError } from "../../core/catalogue.ts";
import type { CallLimits, Lock, Locks } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { PostgresConnection } from "./connection/postgres-connection.ts";
import type { Session } from "./connection/session.ts";

/** Milliseconds between two tries of a lock that another session holds. */
const retryPause = 100;

/** See the port: Locks. All locks of a process are held by one session: when it is lost, all of them are. */
export class PostgresLocks implements Locks {
  readonly #session: Session;
  /** A session may take its own lock again; a process may not, so it is kept here who holds what. */
  readonly #held = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Throws AppError DATABASE_UNAVAILABLE. */
  async tryAcquire(name: string): Promise<Lock | undefined> {
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    try {
      const connection = await this.#session.connection();
      const key = lockKey(name);
      const answer = await connection.send({
        text: "select pg_try_advisory_lock($1::bigint) as taken",
        values: [key],
        name: "trivium_lock",
      });
      if (answer.rows[0]?.taken === true) return this.#lockOn(connection, name, key);
      this.#held.delete(name);
      return undefined;
    } catch (error) {
      this.#held.delete(name);
      throw appError("DATABASE_UNAVAILABLE", { cause: error });
    }
  }

  /** Throws DatabaseError `cancelled` when the limits end the wait, AppError DATABASE_UNAVAILABLE. */
  async acquire(name: string, limits: CallLimits = {}): Promise<Lock> {
    const deadline = limits.deadline ?? Number.POSITIVE_INFINITY;
    while (limits.signal?.aborted !== true && Date.now() < deadline) {
      const lock = await this.tryAcquire(name);
      if (lock !== undefined) return lock;
      const pause = Math.min(retryPause * (0.5 + Math.random()), deadline - Date.now());
      await sleep(pause, limits.signal).catch(() => {});
    }
    throw new DatabaseError("cancelled", `The caller gave up waiting for the lock ${name}`);
  }

  #lockOn(connection: PostgresConnection, name: string, key: string): Lock {
    const lost = new AbortController();
    const onLost = (): void => {
      if (lost.signal.aborted) return;
      this.#held.delete(name);
      lost.abort(new Error(`The lock ${name} was lost with its connection`));
    };
    connection.lost.addEventListener("abort", onLost, { once: true });
    if (connection.lost.aborted) onLost();
    const release = async (): Promise<void> => {
      if (lost.signal.aborted) return;
      connection.lost.removeEventListener("abort", onLost);
      lost.abort(new Error(`The lock ${name} was released`));
      try {
        await connection.send({ text: "select pg_advisory_unlock($1::bigint)", values: [key], name: "trivium_unlock" });
      } catch {
        // The session may still hold it: only its end is sure to free the lock.
        connection.destroy();
      } finally {
        this.#held.delete(name);
      }
    };
    return { lost: lost.signal, release };
  }
}

/** The lock's number: 64 bits of a hash, so that two names practically never meet. */
function lockKey(name: string): string {
  return createHash("sha256").update(`trivium:${name}`).digest().readBigInt64BE(0).toString();
}
