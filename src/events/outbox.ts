// The outbox: where a unit of work leaves its events, numbered per key, in its own transaction. The relay takes them on.

import { composedWrite, type WritePart } from "../database/composed-write.ts";
import type { Row, Statement } from "../database/statement.ts";
import type { PendingEvent, StoredEvent } from "./event-record.ts";
import { shardOf } from "./shard.ts";

/** The most bytes an event's data may have as JSON in UTF-8: with its headers it fits one Kafka record. Checked at `emit`. */
export const maxPayloadBytes = 900_000;

/** The most UTF-8 bytes a key may have: it is part of index entries. At least one. Checked at `emit`. */
export const maxKeyBytes = 1_024;

/** The channel on which a unit of work says, after its COMMIT, that there are new events. */
export const outboxChannel = "trivium_outbox";

/** The columns from which `storedEventFromRow` makes an event. */
export const eventColumns = "o.id, o.stream, o.key, o.sequence, o.type, o.version, o.payload, o.headers, o.created_at";

// The upsert's row locks are taken in the order of (stream, key), which keeps two units from waiting for each other.
// The numbers that it gives end with `last`; the events of a key get them in the order in which they were emitted.
const manyPart: WritePart = {
  name: "outbox",
  queries: `pending as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::integer[], $7::text[], $8::text[])
    with ordinality as p(id, stream, key, shard, type, version, payload, headers, position)
), counted as (
  select stream, key, count(*) as amount from pending group by stream, key
), numbered as (
  insert into trivium.event_sequence as s (stream, key, last)
  select stream, key, amount from counted order by stream collate "C", key collate "C"
  on conflict (stream, key) do update set last = s.last + excluded.last
  returning s.stream, s.key, s.last
)`,
  insert: `insert into trivium.outbox (id, stream, key, shard, sequence, type, version, payload, headers, created_at)
select p.id, p.stream, p.key, p.shard,
  n.last - c.amount + row_number() over (partition by p.stream, p.key order by p.position),
  p.type, p.version, p.payload::json, p.headers::json, statement_timestamp()
from pending p
join counted c on c.stream = p.stream and c.key = p.key
join numbered n on n.stream = p.stream and n.key = p.key`,
  placeholders: 8,
};

// What most units leave: much less for the server to plan, and for this process to encode.
const onePart: WritePart = {
  name: "outbox_one",
  queries: `numbered as (
  insert into trivium.event_sequence as s (stream, key, last) values ($2::text, $3::text, 1)
  on conflict (stream, key) do update set last = s.last + 1
  returning s.last
)`,
  insert: `insert into trivium.outbox (id, stream, key, shard, sequence, type, version, payload, headers, created_at)
select $1::uuid, $2::text, $3::text, $4::smallint, numbered.last, $5::text, $6::integer, $7::json, $8::json,
  statement_timestamp()
from numbered`,
  placeholders: 8,
};

/** The writing of one event or more, as a part of the statement that a unit of work ends with. */
export function outboxWrite(events: readonly PendingEvent[]): { readonly part: WritePart; readonly values: unknown[] } {
  const [first] = events;
  if (first !== undefined && events.length === 1) return { part: onePart, values: valuesOf(first) };
  const rows = events.map(valuesOf);
  const columns = Array.from({ length: manyPart.placeholders }, (_, column) => rows.map((row) => row[column]));
  return { part: manyPart, values: columns };
}

const manyText = composedWrite([manyPart]);
const oneText = composedWrite([onePart]);

/**
 * Writes events; the caller makes it its transaction's last statement, and sends COMMIT without awaiting it.
 * Guarantee: sequences per key are gapless and in commit order; keys are locked in one order, so two units cannot
 * deadlock on them.
 */
export function outboxStatement(events: readonly PendingEvent[]): Statement {
  const { part, values } = outboxWrite(events);
  return { name: `trivium_${part.name}_flush`, text: part === onePart ? oneText : manyText, values };
}

function valuesOf({ id, stream, key, type, version, data, headers }: PendingEvent): unknown[] {
  return [id, stream, key, shardOf(key), type, version, JSON.stringify(data), JSON.stringify(headers)];
}

/** Gives a row if and only if the unit that made these events has committed. One is enough: all commit together. */
export function outboxEvidence(events: readonly PendingEvent[]): Statement {
  return {
    name: "trivium_outbox_evidence",
    text: "select 1 as committed from trivium.outbox where id = any($1::uuid[]) limit 1",
    values: [events.slice(0, 1).map((event) => event.id)],
  };
}

/** An event from a row with `eventColumns`. */
export function storedEventFromRow(row: Row): StoredEvent {
  // The casts repeat the table's column types, which the adapters map to these.
  return {
    id: row.id as string,
    stream: row.stream as string,
    key: row.key as string,
    sequence: row.sequence as number,
    type: row.type as string,
    version: row.version as number,
    data: row.payload,
    headers: row.headers as Record<string, string>,
    time: row.created_at as string,
  };
}
