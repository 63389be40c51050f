// Parking: an event that cannot be applied is set aside with its key, so that other keys go on.

import { isAppError } from "../../core/app-error.ts";
import type { Database } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { UnreadableRecord } from "../event-bus.ts";
import type { StoredEvent, UnitSql } from "../event-record.ts";
import { lockStanding, moveInbox, type Standing } from "./inbox.ts";

/**
 * Why an event is parked. `FAILED`: its handler threw each time. `BEHIND`: an earlier event of its key is parked.
 * `TOO_NEW`: a version that the code does not know. `GAP_LOST`: events before it are gone from the outbox.
 */
export type ParkReason = "FAILED" | "BEHIND" | "TOO_NEW" | "GAP_LOST";

/** What happens to an event whose handler does not run. */
export type Settlement = { readonly reason: ParkReason; readonly error?: string } | "skip";

/**
 * Parks an event or moves over it, in a transaction of its own under the inbox row's lock. Nothing happens when the
 * event was settled before, when events before it come first (unless they are lost), or when it should queue behind a
 * parked event and none is parked any more: the answer says so.
 */
export async function settleWithoutHandler(
  database: Database,
  consumer: string,
  event: StoredEvent,
  settlement: Settlement,
): Promise<Standing> {
  const transaction = await database.begin({ isolation: "read committed" });
  try {
    const standing = await lockStanding(transaction, consumer, event);
    if (settles(standing, settlement)) {
      const parked = settlement === "skip" ? [] : [insertParked(transaction, consumer, event, standing, settlement)];
      await Promise.all([...parked, moveInbox(transaction, consumer, event), transaction.commit()]);
    }
    return standing;
  } finally {
    await transaction.rollback();
  }
}

/** Parks an event behind an earlier one of its key, in a unit of work that holds the inbox row's lock. */
export async function parkBehind(unit: UnitSql, consumer: string, event: StoredEvent): Promise<void> {
  await Promise.all([
    insertParked(unit, consumer, event, { kind: "behind" }, { reason: "BEHIND" }),
    moveInbox(unit, consumer, event),
  ]);
}

/** Keeps a record from which no event could be made. */
export async function quarantine(database: Database, consumer: string, record: UnreadableRecord): Promise<void> {
  await database.query({
    text: `insert into trivium.quarantine (consumer, source, record, error, quarantined_at)
values ($1, $2, $3, $4, clock_timestamp()) on conflict do nothing`,
    values: [consumer, record.source, withoutNul(record.record), withoutNul(record.error)],
  });
}

/** What the operator reads about a failure: its class and message, but of a database error nothing that has values. */
export function errorText(error: unknown): string {
  if (error instanceof DatabaseError) {
    const constraint = error.constraint === undefined ? "" : `, constraint ${error.constraint}`;
    return `${error.name}: ${error.kind} (SQLSTATE ${error.sqlState ?? "none"}${constraint})`;
  }
  if (isAppError(error)) return withoutNul(`${error.name} ${error.reason}: ${error.message}`).slice(0, 2_000);
  if (error instanceof Error) return withoutNul(`${error.name}: ${error.message}`).slice(0, 2_000);
  return `A value that is no Error was thrown: ${typeof error}`;
}

/** Whether a settlement takes effect for an event of this standing. */
export function settles(standing: Standing, settlement: Settlement): boolean {
  if (standing.kind === "applied") return false;
  const reason = settlement === "skip" ? undefined : settlement.reason;
  if (standing.kind === "gap") return reason === "GAP_LOST";
  return reason !== "BEHIND" || standing.kind === "behind";
}

async function insertParked(
  unit: UnitSql,
  consumer: string,
  event: StoredEvent,
  standing: Standing,
  settlement: { readonly reason: ParkReason; readonly error?: string },
): Promise<void> {
  const behind = standing.kind === "behind" && settlement.reason !== "TOO_NEW";
  await unit.query({
    name: "trivium_park",
    text: `insert into trivium.parked
  (consumer, stream, key, sequence, event_id, type, version, event, reason, error, parked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9, $10, clock_timestamp())`,
    values: [
      consumer,
      event.stream,
      event.key,
      event.sequence,
      event.id,
      event.type,
      event.version,
      JSON.stringify(event),
      behind ? "BEHIND" : settlement.reason,
      behind ? null : (settlement.error ?? null),
    ],
  });
}

/** PostgreSQL's text has no NUL. */
function withoutNul(text: string): string {
  return text.replaceAll("\0", "\\0");
}
