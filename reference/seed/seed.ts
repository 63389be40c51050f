// Fills the service's tables with repeatable data, for trying and measuring: by SQL, many rows a statement.

import { identifier, type Sql, sql } from "trivium";
import { createWorld, type SeedRow, type WorldSize } from "./world.ts";

/** What the seed needs of a database. */
export interface SeedDatabase {
  query(statement: Sql): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** Every seeded account's password, and its hash. */
export const seedPassword = "correct horse battery staple";
const passwordHash =
  "$argon2id$v=19$m=19456,t=2,p=1$Y2hhdCBzZWVkJ3Mgc2FsdA$XSMNHhXg9BwnlHBfwuGKaMWjPGwQ3ZFIJo/wTXaxOmA";

const rowsAtOnce = 5_000;

/**
 * Adds the world of a size, and counts it in the statistics. What is there already stays as it is, so a second run adds
 * nothing. No events are emitted: nobody is told. Answers how many messages were added.
 */
export async function seed(database: SeedDatabase, size: WorldSize): Promise<number> {
  const world = createWorld(size);
  await insert(database, "accounts", world.accounts, { roles: [], password_hash: passwordHash, version: 1 });
  const changed = (rows: readonly SeedRow[]) => rows.map((row) => ({ ...row, updated_at: row.created_at ?? "" }));
  await insert(database, "channels", changed(world.channels), { version: 1 });
  await insert(database, "channel_members", world.members);
  let added = 0;
  for (const rows of portions(world.messages()))
    added += await insert(database, "messages", changed(rows), { version: 1 });
  if (added > 0) await count(database, world.channels);
  // So that the database knows how common each word is, and where most is said: the embedded one never finds out itself.
  await database.query(sql`analyze accounts, channels, channel_members, messages, channel_totals, channel_days`);
  return added;
}

/** One statement for all rows, as a JSON list. Answers how many were not there before. */
async function insert(
  database: SeedDatabase,
  table: string,
  rows: readonly SeedRow[],
  same: SeedRow = {},
): Promise<number> {
  const columns = Object.keys({ ...rows[0], ...same });
  const names = columns.map(identifier).reduce((all, each) => sql`${all}, ${each}`);
  const json = JSON.stringify(rows.map((row) => ({ ...row, ...same })));
  const { rows: added } = await database.query(sql`with added as (
      insert into ${identifier(table)} (${names})
      select ${names} from json_populate_recordset(null::${identifier(table)}, ${json}::json)
      on conflict do nothing returning 1
    ) select count(*)::integer as count from added`);
  return Number(added[0]?.count);
}

/** Sets the statistics of channels to what stands in their tables: the consumer's own counting goes on from there. */
async function count(database: SeedDatabase, channels: readonly SeedRow[]): Promise<void> {
  const ids = channels.map(({ id }) => id);
  await database.query(sql`insert into channel_totals (channel_id, messages, members)
    select place, (select count(*) from messages where channel_id = place),
      (select count(*) from channel_members where channel_id = place)
    from unnest(${ids}::uuid[]) as place
    on conflict (channel_id) do update set messages = excluded.messages, members = excluded.members`);
  await database.query(sql`insert into channel_days (channel_id, day, messages)
    select channel_id, (created_at at time zone 'UTC')::date, count(*)
    from messages where channel_id = any(${ids}::uuid[]) group by 1, 2
    on conflict (channel_id, day) do update set messages = excluded.messages`);
}

function* portions(rows: Iterable<SeedRow>): Generator<SeedRow[]> {
  let portion: SeedRow[] = [];
  for (const row of rows) {
    portion.push(row);
    if (portion.length === rowsAtOnce) {
      yield portion;
      portion = [];
    }
  }
  if (portion.length > 0) yield portion;
}
