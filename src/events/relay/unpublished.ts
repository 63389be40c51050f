// What the relay reads: which shards have unpublished events, and the next batch of one.

import type { Row, Statement } from "../../database/statement.ts";
import type { StoredEvent } from "../event-record.ts";
import { eventColumns } from "../outbox.ts";

/** Where a batch ended: the next begins with the key after it. */
export interface KeyCursor {
  readonly stream: string;
  readonly key: string;
}

/** Before every key. */
export const beforeAllKeys: KeyCursor = { stream: "", key: "" };

/** Keys of one batch. */
export const keysPerBatch = 50;

/** Events of one key in one batch: a busy key waits for its next turn, so that it starves no other. */
export const eventsPerKey = 20;

/** The most bytes of data, as JSON, of one batch; the event that goes over it still belongs to it. */
const bytesPerBatch = 8 * 1024 * 1024;

/** Which of these shards have unpublished events, as rows with `shard`. */
export function shardsWithWork(shards: readonly number[]): Statement {
  return {
    name: "trivium_relay_work",
    text: `select s.shard from unnest($1::smallint[]) as s(shard)
where exists (select 1 from trivium.outbox o where o.shard = s.shard and o.published_at is null)`,
    values: [shards],
  };
}

// Keys are found by jumping over the index from one to the next, so that a key with a million events costs no more
// than a key with one. Uncommitted rows are not seen; since a key's events commit in order, what is seen has no holes.
const batchText = `
with recursive ahead as (
  (select o.stream, o.key, 1 as position from trivium.outbox o
    where o.shard = $1 and o.published_at is null and (o.stream, o.key) > ($2, $3)
    order by o.stream, o.key limit 1)
  union all
  select next.stream, next.key, ahead.position + 1
  from ahead cross join lateral (
    select o.stream, o.key from trivium.outbox o
    where o.shard = $1 and o.published_at is null and (o.stream, o.key) > (ahead.stream, ahead.key)
    order by o.stream, o.key limit 1
  ) as next
  where ahead.position < $4
)
select * from (
  select ${eventColumns}, o.bytes, sum(o.bytes) over (order by o.stream, o.key, o.sequence) as bytes_through
  from ahead cross join lateral (
    select *, octet_length(e.payload::text) as bytes from trivium.outbox e
    where e.shard = $1 and e.published_at is null and e.stream = ahead.stream and e.key = ahead.key
    order by e.sequence limit $5
  ) as o
) as o where o.bytes_through - o.bytes < $6::bigint
order by o.stream, o.key, o.sequence`;

/** The next events of a shard in the order of (stream, key, sequence), from the keys after the cursor. */
export function nextBatch(shard: number, after: KeyCursor): Statement {
  return {
    name: "trivium_relay_batch",
    text: batchText,
    values: [shard, after.stream, after.key, keysPerBatch, eventsPerKey, bytesPerBatch],
  };
}

/** Marks events as published, for a bus that does not do it itself. */
export function markPublished(events: readonly StoredEvent[]): Statement {
  return {
    name: "trivium_relay_mark",
    text: `update trivium.outbox set published_at = clock_timestamp()
where id = any($1::uuid[]) and created_at = any($2::timestamptz[]) and published_at is null`,
    values: [events.map((event) => event.id), events.map((event) => event.time)],
  };
}

/** Whether a batch, as rows of `nextBatch`, may have left something behind its last key, or of one of its keys. */
export function mayHaveMore(rows: readonly Row[]): boolean {
  const perKey = new Map<string, number>();
  for (const { stream, key } of rows) {
    const name = `${stream}\n${key}`;
    perKey.set(name, (perKey.get(name) ?? 0) + 1);
  }
  // The cast repeats the statement's column type.
  const bytes = (rows.at(-1)?.bytes_through as number | undefined) ?? 0;
  return bytes >= bytesPerBatch || perKey.size >= keysPerBatch || Math.max(0, ...perKey.values()) >= eventsPerKey;
}
