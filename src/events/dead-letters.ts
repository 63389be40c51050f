// What the operator sees of parked events: `trivium events dead list | show`.

import type { Database } from "../database/database.ts";
import type { Row } from "../database/statement.ts";
import type { ParkReason } from "./consumer/parking.ts";
import type { StoredEvent } from "./event-record.ts";

/** Names a parked event; also a place in the list. */
export interface ParkedPosition {
  readonly consumer: string;
  readonly stream: string;
  readonly key: string;
  readonly sequence: number;
}

/** A parked event, without its data. */
export interface ParkedSummary extends ParkedPosition {
  readonly eventId: string;
  readonly type: string;
  readonly version: number;
  readonly reason: ParkReason;
  /** Class and message of the last failure. */
  readonly error: string | undefined;
  /** RFC 3339, UTC, milliseconds. */
  readonly parkedAt: string;
}

/** A parked event with all that it carries. */
export interface ParkedEvent extends ParkedSummary {
  readonly event: StoredEvent;
}

/** Which parked events to list. */
export interface ParkedQuery {
  /** Only this consumer's. */
  readonly consumer?: string | undefined;
  /** At most this many; 100 by default. */
  readonly limit?: number | undefined;
  /** After this one, as the last of the page before. */
  readonly after?: ParkedPosition | undefined;
}

const columns = "consumer, stream, key, sequence, event_id, type, version, reason, error, parked_at";

/** Parked events in the order of (consumer, stream, key, sequence). Throws what the database throws. */
export async function listParked(database: Database, query: ParkedQuery = {}): Promise<readonly ParkedSummary[]> {
  const after = query.after ?? { consumer: "", stream: "", key: "", sequence: 0 };
  const { rows } = await database.query({
    text: `select ${columns} from trivium.parked
where (consumer, stream, key, sequence) > ($1, $2, $3, $4::bigint) and ($5::text is null or consumer = $5)
order by consumer, stream, key, sequence limit $6`,
    values: [after.consumer, after.stream, after.key, after.sequence, query.consumer, query.limit ?? 100],
  });
  return rows.map(summaryFromRow);
}

/** One parked event, or undefined if it is not parked (any more). Throws what the database throws. */
export async function showParked(database: Database, position: ParkedPosition): Promise<ParkedEvent | undefined> {
  const { rows } = await database.query({
    text: `select ${columns}, event from trivium.parked
where consumer = $1 and stream = $2 and key = $3 and sequence = $4`,
    values: [position.consumer, position.stream, position.key, position.sequence],
  });
  const row = rows[0];
  // Cast: the column holds what parking wrote, a StoredEvent.
  return row === undefined ? undefined : { ...summaryFromRow(row), event: row.event as StoredEvent };
}

function summaryFromRow(row: Row): ParkedSummary {
  // The casts repeat the column types of the statements above.
  return {
    consumer: row.consumer as string,
    stream: row.stream as string,
    key: row.key as string,
    sequence: row.sequence as number,
    eventId: row.event_id as string,
    type: row.type as string,
    version: row.version as number,
    reason: row.reason as ParkReason,
    error: (row.error as string | null) ?? undefined,
    parkedAt: row.parked_at as string,
  };
}
