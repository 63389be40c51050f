// The start of a group, recorded once: what was in the log then and what came later.

import { SetupError } from "../../core/setup-error.ts";
import type { Database } from "../../database/database.ts";
import type { Subscriber } from "../event-bus.ts";

// One snapshot: what is not in the log as this statement sees it belongs to the group, whenever it was written. Times
// and ids would not do: they are given before COMMIT.
const registerText = `
with registered as (
  insert into trivium.consumer (name, stream, start, registered_at) values ($1, $2, $3, clock_timestamp())
  on conflict (name) do nothing
  returning name, start
)
insert into trivium.consumer_offset (consumer, shard, start_offset, log_offset)
select r.name, h.shard, place.log_offset, place.log_offset
from registered r cross join trivium.outbox_head h
cross join lateral (select case r.start when 'now' then h.log_offset else 0 end as log_offset) as place`;

/**
 * Records a group's stream and start if the group is new; a group that is known keeps its own. Throws SetupError if it
 * is known with another stream.
 */
export async function registerGroup(
  database: Database,
  { group, stream, start }: Pick<Subscriber, "group" | "stream" | "start">,
): Promise<void> {
  await database.query({ text: registerText, values: [group, stream, start] });
  const known = await database.query({ text: "select stream from trivium.consumer where name = $1", values: [group] });
  const recorded = known.rows[0]?.stream;
  if (recorded === stream) return;
  throw new SetupError([
    `consumer ${group}: it is declared for stream ${stream}, but has read stream ${recorded} before. Give it a new name.`,
  ]);
}
