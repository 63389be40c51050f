// Writes from outside the foundation: by psql, by another program, by SQL of the author's own that names nothing. A
// trigger on every mapped table leaves an invalidation row for them, with the tag of the whole table. It is silent for
// the foundation's sessions, which fence what they touch themselves.

import type { Database } from "../database/database.ts";
import { sql } from "../database/statement.ts";

/** What a session of the foundation is marked by: there the trigger is silent. */
export const insideSession: Readonly<Record<string, string>> = { "trivium.unit": "on" };

/** Takes the mark away until the transaction ends: the trigger sees what the following statements write. */
export const asOutside = {
  name: "trivium_as_outside",
  text: "select set_config('trivium.unit', '', true)",
  values: [],
};

const trigger = "trivium_outside_write";

/** A table as the database knows it. */
interface Watched {
  /** As the mapping has it: snake_case, perhaps with a schema. */
  readonly name: string;
  readonly affects: readonly string[] | undefined;
}

/** The tables that are there and have no trigger yet. */
export async function unwatchedTables(database: Database, tables: readonly Watched[]): Promise<string[]> {
  const names = tables.map(({ name }) => name);
  const { rows } = await database.query(sql`
    select name from unnest(${names}::text[]) as name
    where to_regclass(name) is not null
      and not exists (select from pg_trigger where tgrelid = to_regclass(name) and tgname = ${trigger})`);
  return rows.map(({ name }) => name as string); // text
}

/** Puts the trigger on every table that lacks it. Needs to own them: a part of migrating. */
export async function watchOutsideWrites(database: Database, tables: readonly Watched[]): Promise<void> {
  for (const name of await unwatchedTables(database, tables)) {
    const quoted = name
      .split(".")
      .map((part) => `"${part}"`)
      .join(".");
    await database.query({
      text: `create or replace trigger ${trigger} after insert or update or delete or truncate on ${quoted}
        for each statement execute function trivium.note_outside_write('${name}')`,
      values: [],
    });
  }
}

/**
 * What else in the database changes rows of mapped tables when one is written, and is not declared by `affects`: foreign
 * keys that cascade, and triggers. Cached answers would not hear of it.
 */
export async function undeclaredEffects(database: Database, tables: readonly Watched[]): Promise<string[]> {
  const names = tables.map(({ name }) => name);
  const declared = new Map(tables.map(({ name, affects }) => [name, affects]));
  const mapped = sql`select name, to_regclass(name)::oid as id from unnest(${names}::text[]) as name`;
  const cascades = await database.query(sql`
    with mapped as (${mapped})
    select parent.name as writes, child.name as changes, c.conname as by
    from pg_constraint c join mapped parent on parent.id = c.confrelid join mapped child on child.id = c.conrelid
    where c.contype = 'f' and (c.confdeltype in ('c', 'n', 'd') or c.confupdtype in ('c', 'n', 'd'))`);
  const triggers = await database.query(sql`
    with mapped as (${mapped})
    select m.name as writes, t.tgname as by from pg_trigger t join mapped m on m.id = t.tgrelid
    where not t.tgisinternal and t.tgname <> ${trigger}`);
  return [
    ...cascades.rows
      .filter(({ writes, changes }) => !declared.get(String(writes))?.includes(String(changes)))
      .map(
        ({ writes, changes, by }) =>
          `table "${writes}": the foreign key ${by} also changes rows of "${changes}": add affects: ["${changes}"] to the table, or drop the cascade`,
      ),
    ...triggers.rows
      .filter(({ writes }) => declared.get(String(writes)) === undefined)
      .map(
        ({ writes, by }) =>
          `table "${writes}": it has the trigger ${by}: say with affects: […] which mapped tables it changes ([] for none), or drop it`,
      ),
  ];
}
