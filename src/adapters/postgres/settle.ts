// Finds out what became of a transaction whose COMMIT got no answer.

import { sleep } from "../../core/async.ts";
import { appError } from "../../core/catalogue.ts";
import type { Backend, CallLimits } from "../../database/database.ts";
import type { Statement } from "../../database/statement.ts";
import type { PostgresConnection } from "./connection/postgres-connection.ts";
import { withinLimits } from "./limits.ts";

/** Milliseconds that settling may take where the caller sets no deadline. */
const settleTimeout = 30_000;
/** Milliseconds between two looks, and between two attempts to connect. */
const pause = 25;
const reconnectPause = 100;

/**
 * See the port: Database.settle. The argument: a transaction's backend leaves pg_stat_activity only after the
 * transaction has ended, and no other backend can end it. So once the backend is gone the evidence is either visible to
 * every new snapshot or will never be. A server that restarted has no such backend, and its recovery has decided.
 */
export async function settle(
  open: () => Promise<PostgresConnection>,
  backend: Backend,
  evidence: Statement,
  limits: CallLimits,
): Promise<"committed" | "rolled back"> {
  const deadline = limits.deadline ?? Date.now() + settleTimeout;
  const ends = AbortSignal.any([
    AbortSignal.timeout(Math.max(deadline - Date.now(), 0)),
    ...(limits.signal === undefined ? [] : [limits.signal]),
  ]);
  let lastError: unknown = ends.reason;
  while (!ends.aborted) {
    try {
      return await attempt(open, backend, evidence, ends);
    } catch (error) {
      lastError = error;
      await sleep(reconnectPause, ends).catch(() => {});
    }
  }
  throw appError("OUTCOME_UNKNOWN", { cause: lastError });
}

async function attempt(
  open: () => Promise<PostgresConnection>,
  backend: Backend,
  evidence: Statement,
  ends: AbortSignal,
): Promise<"committed" | "rolled back"> {
  const connection = await withinLimits(open(), { signal: ends }, (late) => late.destroy());
  const onEnd = (): void => connection.destroy();
  ends.addEventListener("abort", onEnd);
  try {
    if (await isSeen(connection, evidence)) return "committed";
    await endBackend(connection, backend, ends);
    return (await isSeen(connection, evidence)) ? "committed" : "rolled back";
  } finally {
    await connection.close();
    ends.removeEventListener("abort", onEnd);
  }
}

async function isSeen(connection: PostgresConnection, evidence: Statement): Promise<boolean> {
  return (await connection.send(evidence)).rows.length > 0;
}

/** Terminates exactly this backend, not another with its pid, and waits until it is gone. */
async function endBackend(connection: PostgresConnection, backend: Backend, ends: AbortSignal): Promise<void> {
  const terminate: Statement = {
    text: `select pg_terminate_backend(pid) from pg_stat_activity
      where pid = $1 and backend_start = $2::text::timestamptz`,
    values: [backend.pid, backend.startedAt],
  };
  while ((await connection.send(terminate)).rows.length > 0) await sleep(pause, ends);
}
