// What the database has committed, by its own record: the events of every message and channel, in their order.

import { sql } from "trivium";
import type { PostgresDatabase } from "trivium/postgres";
import type { Truth, Version } from "./history.ts";

/** Every version that a message or a channel ever had, and that the rows are as the last of them. */
export async function truthOf(database: PostgresDatabase): Promise<{ truth: Truth; problems: string[] }> {
  const { rows } = await database.query(sql`
    select payload ->> 'id' as id, (payload ->> 'version')::int as version,
      coalesce(payload ->> 'body', payload ->> 'topic', payload ->> 'name') as text
    from trivium.outbox
    where type in ('message.posted', 'message.edited', 'channel.created', 'channel.updated')
    order by stream, key, sequence`);
  const truth = new Map<string, Version[]>();
  for (const row of rows) {
    const version = { row: String(row.id), version: Number(row.version), text: String(row.text) };
    const versions = truth.get(version.row);
    if (versions === undefined) truth.set(version.row, [version]);
    else versions.push(version);
  }
  return { truth, problems: await unlikeRows(database, truth) };
}

/** Events and rows are of the same transactions. */
async function unlikeRows(database: PostgresDatabase, truth: Truth): Promise<string[]> {
  const { rows } = await database.query(sql`
    select id, version, body as text from messages
    union all select id, version, coalesce(topic, name) from channels`);
  const problems = rows.flatMap(({ id, version, text }) => {
    const last = truth.get(String(id))?.at(-1);
    return last?.version === version && last?.text === text
      ? []
      : [`${id} is at version ${version}, its events at ${last?.version}`];
  });
  return rows.length === truth.size ? problems : [...problems, `${rows.length} rows, ${truth.size} with events`];
}
