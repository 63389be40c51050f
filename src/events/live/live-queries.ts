// What live readers ask the database. They need no mark of the relay: the lock on a key's row in event_sequence is held
// until COMMIT, so the committed numbers of a key have no gap, and none comes later below one that was seen.

import type { CallLimits, Database } from "../../database/database.ts";
import { eventColumns, storedEventFromRow } from "../outbox.ts";
import type { LiveEvent } from "./live-events.ts";

/** How far a key was read. */
export interface KeyPosition {
  readonly stream: string;
  readonly key: string;
  readonly last: number;
}

/** News of a key. */
export interface KeyNews {
  readonly stream: string;
  readonly key: string;
  readonly event: LiveEvent;
  /** Of its data, as JSON. */
  readonly bytes: number;
}

const headText = "select last from trivium.event_sequence where stream = $1 and key = $2";

// At least one event, and no more than fit a megabyte.
const pageText = `
select * from (
  select ${eventColumns}, coalesce(sum(octet_length(o.payload::text)) over (
    order by o.sequence rows between unbounded preceding and 1 preceding), 0) as bytes_before
  from (
    select * from trivium.outbox
    where stream = $1 and key = $2 and sequence > $3::bigint order by sequence limit 100
  ) o
) o where o.bytes_before < 1048576 order by o.sequence`;

// Keys without news cost one look into event_sequence.
const newsText = `
select ${eventColumns}, octet_length(o.payload::text) as bytes
from unnest($1::text[], $2::text[], $3::bigint[]) as w(stream, key, last)
join trivium.event_sequence s
  on s.stream = w.stream collate "C" and s.key = w.key collate "C" and s.last > w.last
cross join lateral (
  select * from trivium.outbox o
  where o.stream = s.stream and o.key = s.key and o.sequence > w.last order by o.sequence limit $4::bigint
) o
order by o.stream, o.key, o.sequence`;

/** The number of a key's last event; 0 before the first. */
export async function lastSequence(database: Database, stream: string, key: string, limits: CallLimits) {
  const { rows } = await database.query({ name: "trivium_live_head", text: headText, values: [stream, key] }, limits);
  return (rows[0]?.last as number | undefined) ?? 0;
}

/** The next events of a key after a number: as many as are good to hold at a time. */
export async function pageAfter(
  database: Database,
  { stream, key, last }: KeyPosition,
  limits: CallLimits,
): Promise<LiveEvent[]> {
  const statement = { name: "trivium_live_page", text: pageText, values: [stream, key, last] };
  return (await database.query(statement, limits)).rows.map((row) => liveEvent(storedEventFromRow(row)));
}

/** What came to many keys, at most `perKey` events of each, in order. */
export async function newsOf(
  database: Database,
  positions: readonly KeyPosition[],
  perKey: number,
): Promise<KeyNews[]> {
  const columns = [
    positions.map(({ stream }) => stream),
    positions.map(({ key }) => key),
    positions.map(({ last }) => last),
  ];
  const { rows } = await database.query({
    name: "trivium_live_news",
    text: newsText,
    values: [...columns, perKey],
  });
  return rows.map((row) => {
    const event = storedEventFromRow(row);
    return { stream: event.stream, key: event.key, event: liveEvent(event), bytes: row.bytes as number };
  });
}

function liveEvent(event: ReturnType<typeof storedEventFromRow>): LiveEvent {
  const { sequence, id, type, version, time, data } = event;
  return { cursor: String(sequence), sequence, id, type, version, time, data };
}
