// How far relay and consumers are behind: for metrics, readiness and the operator.

import type { Database } from "../database/database.ts";

/** What is committed and not yet published. */
export interface OutboxLag {
  readonly rows: number;
  /** Age of the oldest; 0 when there is none. */
  readonly seconds: number;
}

/** What a consumer has not yet settled. */
export interface ConsumerLag {
  readonly consumer: string;
  readonly stream: string;
  /** Events in the log behind which it is, by its kept position: up to a quarter of a second old. */
  readonly rows: number;
  /** Age of the oldest of them; 0 when there is none. */
  readonly seconds: number;
  /** Keys that wait for the operator. */
  readonly parkedKeys: number;
  /** Records from which no event could be made. */
  readonly quarantined: number;
}

const outboxText = `
select count(*) as rows,
  coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::double precision as seconds
from trivium.outbox where published_at is null`;

const consumerText = `
select c.name, c.stream, coalesce(sum(behind.rows), 0)::bigint as rows,
  coalesce(extract(epoch from clock_timestamp() - min(behind.oldest)), 0)::double precision as seconds,
  (select count(*) from (select distinct p.stream, p.key from trivium.parked p where p.consumer = c.name) as keys) as parked,
  (select count(*) from trivium.quarantine q where q.consumer = c.name) as quarantined
from trivium.consumer c
join trivium.consumer_offset position on position.consumer = c.name
cross join lateral (
  select count(*) as rows, min(o.created_at) as oldest from trivium.outbox o
  where o.stream = c.stream and o.shard = position.shard and o.log_offset > position.log_offset
) as behind
group by c.name, c.stream
order by c.name`;

/** Reads the outbox's lag: one statement, cheap when there is little. Throws what the database throws. */
export async function outboxLag(database: Database): Promise<OutboxLag> {
  const { rows } = await database.query({ name: "trivium_outbox_lag", text: outboxText, values: [] });
  // The casts repeat the statement's column types, here and below.
  return { rows: rows[0]?.rows as number, seconds: Math.max(0, rows[0]?.seconds as number) };
}

/** Reads the lag of every registered consumer. Throws what the database throws. */
export async function consumerLag(database: Database): Promise<readonly ConsumerLag[]> {
  const { rows } = await database.query({ name: "trivium_consumer_lag", text: consumerText, values: [] });
  return rows.map((row) => ({
    consumer: row.name as string,
    stream: row.stream as string,
    rows: row.rows as number,
    seconds: Math.max(0, row.seconds as number),
    parkedKeys: row.parked as number,
    quarantined: row.quarantined as number,
  }));
}
