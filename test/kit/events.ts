// What must be true of outbox and inbox when all is settled, whatever happened before.

import assert from "node:assert/strict";
import { sql } from "trivium";

/** Anything that runs a statement. */
interface Queryable {
  query(statement: ReturnType<typeof sql>): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** One `message.posted` per message, sequences without gaps, all published, and the consumer at the end of the key. */
export async function assertEventsExact(
  database: Queryable,
  channelId: string,
  messages: readonly string[],
): Promise<void> {
  const { rows } = await database.query(
    sql`select sequence, type, payload ->> 'id' as id, published_at is not null as published
        from trivium.outbox where stream = 'channel' and key = ${channelId} order by sequence`,
  );
  assert.deepEqual(
    rows.map((row) => row.sequence),
    rows.map((_, index) => index + 1),
    "sequences are gapless",
  );
  assert.ok(
    rows.every((row) => row.published === true),
    "all events are published",
  );
  const posted = rows.filter((row) => row.type === "message.posted").map((row) => row.id);
  assert.deepEqual(posted.toSorted(), messages.toSorted(), "one event per message");
  const inbox = await database.query(
    sql`select sequence from trivium.inbox where consumer = 'channel-statistics' and stream = 'channel' and key = ${channelId}`,
  );
  assert.equal(inbox.rows[0]?.sequence, rows.length, "the consumer has applied them all");
}
