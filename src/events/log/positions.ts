// The statements of a group that reads the log: where it stands, what comes next, how far it came.

import type { Statement } from "../../database/statement.ts";
import { eventColumns } from "../outbox.ts";

/** A group's kept positions on these shards, as rows with `shard` and `log_offset`. */
export function groupPositions(group: string, shards: readonly number[]): Statement {
  return {
    name: "trivium_log_positions",
    text: "select shard, log_offset from trivium.consumer_offset where consumer = $1 and shard = any($2::smallint[])",
    values: [group, shards],
  };
}

// Head and rows are of one snapshot: a place up to the head that shows no row will never show one. A shard that did
// not grow costs a look at its head and nothing else.
const readText = `
select h.shard, h.log_offset as head, o.log_offset, ${eventColumns}
from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as p(shard, after, most)
join trivium.outbox_head h on h.shard = p.shard and h.log_offset > p.after
left join lateral (
  select * from trivium.outbox e
  where e.stream = $1 and e.shard = p.shard and e.log_offset > p.after
  order by e.log_offset limit p.most
) as o on true
order by h.shard, o.log_offset`;

/**
 * What a stream has after each shard's `read`, at most `most` rows of it, in the order of places. A shard that grew
 * without this stream gives one row without an event.
 */
export function readLog(
  stream: string,
  shards: readonly { readonly shard: number; readonly read: number; readonly most: number }[],
): Statement {
  const columns = [shards.map(({ shard }) => shard), shards.map(({ read }) => read), shards.map(({ most }) => most)];
  return { name: "trivium_log_read", text: readText, values: [stream, ...columns] };
}

/** Keeps a group's positions. They never go back, whoever writes them. */
export function keepPositions(
  group: string,
  positions: readonly { readonly shard: number; readonly place: number }[],
): Statement {
  return {
    name: "trivium_log_keep",
    // Locked in one order, since two owners of one moment may keep the same shards.
    text: `with locked as (
  select shard from trivium.consumer_offset where consumer = $1 and shard = any($2::smallint[]) order by shard for update
)
update trivium.consumer_offset c set log_offset = p.place
from unnest($2::smallint[], $3::bigint[]) as p(shard, place) join locked l on l.shard = p.shard
where c.consumer = $1 and c.shard = p.shard and c.log_offset < p.place`,
    values: [group, positions.map((position) => position.shard), positions.map((position) => position.place)],
  };
}
