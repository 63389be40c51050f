// What live readers ask the database. They need no mark of the relay: the lock on a key's row in event_sequence is held
// until COMMIT, so the committed numbers of a key have no gap, and none comes later below one that was seen.

import type { CallLimits, Database } from "../../database/database.ts";
import type { QueryResult } from "../../database/statement.ts";
import { eventColumns, storedEventFromRow } from "../outbox.ts";
import type { LiveEvent } from "./live-events.ts";
import { pageBytes, statementBytes } from "./live-limits.ts";

/** How far a key was read; undefined: not at all, only its present is asked for. */
export interface KeyPosition {
  readonly stream: string;
  readonly key: string;
  readonly last: number | undefined;
}

/** What came to a key. */
export interface KeyNews {
  /** The number of the key's last event, in the snapshot in which these were read. */
  readonly head: number;
  /** Those after the position, in order, as far as they were read. */
  readonly events: readonly { readonly event: LiveEvent; readonly bytes: number }[];
}

/** What came to several keys. */
export interface News {
  /** By the place of the position. A key that is missing has no news, or no event yet. */
  readonly byPlace: ReadonlyMap<number, KeyNews>;
  /** The answer was full before all keys had their turn. */
  readonly isFull: boolean;
}

const headText = "select last from trivium.event_sequence where stream = $1 and key = $2";

/** A key's next events: at least one. */
export const pageText = `
select * from (
  select ${eventColumns}, coalesce(sum(octet_length(o.payload::text)) over (
    order by o.sequence rows between unbounded preceding and 1 preceding), 0) as bytes_before
  from (
    select * from trivium.outbox
    where stream = $1 and key = $2 and sequence > $3::bigint order by sequence limit $4::bigint
  ) o
) o where o.bytes_before < $5::bigint order by o.sequence`;

/**
 * Keys without news cost one look into event_sequence; "limit 1" has each looked up by the index, where the planner would
 * read the whole table for many. A key that gives no event still gives its head.
 */
export const newsText = `
select * from (
  select w.place, coalesce(s.last, 0) as head, ${eventColumns}, octet_length(o.payload::text) as bytes,
    coalesce(sum(octet_length(o.payload::text)) over (
      order by w.place, o.sequence rows between unbounded preceding and 1 preceding), 0) as bytes_before
  from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as w(stream, key, last, place)
  left join lateral (
    select s.stream, s.key, s.last from trivium.event_sequence s
    where s.stream = w.stream collate "C" and s.key = w.key collate "C" limit 1
  ) s on true
  left join lateral (
    select * from trivium.outbox o
    where o.stream = s.stream and o.key = s.key and o.sequence > w.last and s.last > w.last
    order by o.sequence limit $4::bigint
  ) o on true
  where w.last is null or s.last > w.last
) n where n.id is null or n.bytes_before < $5::bigint order by n.place, n.sequence`;

/** The number of a key's last event; 0 before the first. */
export async function lastSequence(database: Database, stream: string, key: string, limits: CallLimits) {
  const { rows } = await database.query({ name: "trivium_live_head", text: headText, values: [stream, key] }, limits);
  return (rows[0]?.last as number | undefined) ?? 0; // the column's type
}

/** The next events of a key after a number: at most `limit`, and not much more than a page may hold. */
export async function pageAfter(
  database: Database,
  { stream, key, last, limit }: KeyPosition & { readonly limit: number },
  limits: CallLimits,
): Promise<LiveEvent[]> {
  const values = [stream, key, last, limit, pageBytes];
  const { rows } = await database.query({ name: "trivium_live_page", text: pageText, values }, limits);
  return rows.map((row) => liveEvent(storedEventFromRow(row)));
}

/** What came to many keys, at most `perKey` events of each and not much more than a statement may give. */
export async function newsOf(
  database: Database,
  positions: readonly KeyPosition[],
  perKey: number,
  limits: CallLimits,
): Promise<News> {
  const columns = [
    positions.map(({ stream }) => stream),
    positions.map(({ key }) => key),
    positions.map(({ last }) => last ?? null),
  ];
  const values = [...columns, perKey, statementBytes];
  return newsFromRows((await database.query({ name: "trivium_live_news", text: newsText, values }, limits)).rows);
}

function newsFromRows(rows: QueryResult["rows"]): News {
  const byPlace = new Map<number, { head: number; events: { event: LiveEvent; bytes: number }[] }>();
  let read = 0;
  for (const row of rows) {
    // The casts repeat the statement's column types. Places are counted from 1 there.
    const place = (row.place as number) - 1;
    const news = byPlace.get(place) ?? { head: row.head as number, events: [] };
    byPlace.set(place, news);
    if (row.id === null) continue;
    const bytes = row.bytes as number;
    read += bytes;
    news.events.push({ event: liveEvent(storedEventFromRow(row)), bytes });
  }
  return { byPlace, isFull: read >= statementBytes };
}

function liveEvent(event: ReturnType<typeof storedEventFromRow>): LiveEvent {
  const { sequence, id, type, version, time, data } = event;
  return { cursor: String(sequence), sequence, id, type, version, time, data };
}
