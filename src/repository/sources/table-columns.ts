// The tables as the database has them, held against their mappings, so that a migration that does not fit is found at
// start and not by the call that meets it.

import type { Database } from "../../database/database.ts";
import { sql } from "../../database/statement.ts";
import type { TableMapping } from "../row-source.ts";
import type { ColumnKind, TableField } from "../table-field.ts";

/** A column as the catalogue has it; of a domain, what it stands on. */
interface Column {
  readonly name: string;
  /** As in SQL, with its precision. */
  readonly type: string;
  readonly required: boolean;
  readonly computed: boolean;
}

/** What must be changed, in a migration or in a mapping, before an app can start on this database. */
export async function columnProblems(database: Database, tables: readonly TableMapping[]): Promise<string[]> {
  const names = tables.map(({ name }) => name);
  const [columns, keys] = await Promise.all([columnsOf(database, names), uniqueKeysOf(database, names)]);
  return tables.flatMap((table) => {
    const found = columns.get(table.name);
    if (found === undefined) return [`table "${table.name}" is not there: add a migration that makes it`];
    const problems = table.fields.flatMap((field) => fieldProblems(field, found.get(field.column)));
    if (problems.length === 0) problems.push(...keyProblems(table, keys.get(table.name)));
    return problems.map((problem) => `table "${table.name}": ${problem}`);
  });
}

const types: Readonly<Record<Exclude<ColumnKind, "text">, readonly string[]>> = {
  integer: ["bigint", "integer", "smallint"],
  number: ["double precision"],
  boolean: ["boolean"],
  // More precise times would be cut when they are read, and pages ordered by them would repeat or skip rows.
  timestamp: ["timestamp(3) with time zone"],
  bytes: ["bytea"],
  document: ["jsonb"],
};

/** What is no text to the outside. */
const notText = /^(bigint|integer|smallint|real|double precision|boolean|bytea|jsonb?|timestamp.*)$/;

function fieldProblems(field: TableField, column: Column | undefined): string[] {
  const { name, kind, nullable } = field;
  if (column === undefined) return [`it has no column ${field.column} for the field ${name}`];
  const problems: string[] = [];
  const fits = kind === "text" ? !notText.test(column.type) : types[kind].includes(column.type);
  if (!fits) problems.push(`the column ${column.name} is ${column.type}, the field ${name} needs ${wanted(kind)}`);
  if (column.computed) problems.push(`the column ${column.name} is computed by the database: it cannot be a field`);
  if (column.required && nullable)
    problems.push(`the column ${column.name} is NOT NULL, but the field ${name} may be missing`);
  return problems;
}

function wanted(kind: ColumnKind): string {
  if (kind === "text") return "text, uuid, date or an enum type";
  return kind === "timestamp" ? "timestamptz(3)" : types[kind].join(" or ");
}

/** `unique` is undefined for what cannot have a constraint, such as a view. */
function keyProblems({ key, fields }: TableMapping, unique: ReadonlySet<string> | undefined): string[] {
  const columns = key.map((name) => fields.find((field) => field.name === name)?.column ?? name);
  if (unique === undefined || unique.has(columns.toSorted().join())) return [];
  return [`no primary key or unique constraint keeps its key (${columns.join(", ")}) unique`];
}

async function columnsOf(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Column>>> {
  const { rows } = await database.query(sql`
    select given.name as "table", a.attname as name, a.attnotnull as required, a.attgenerated <> '' as computed,
      case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
        else format_type(a.atttypid, a.atttypmod) end as type
    from unnest(${names}::text[]) as given(name)
      join pg_attribute a on a.attrelid = to_regclass(given.name) and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid`);
  const tables = new Map<string, Map<string, Column>>();
  // Of these types by the select list.
  for (const { table, ...column } of rows as unknown as readonly (Column & { readonly table: string })[]) {
    const columns = tables.get(table) ?? new Map<string, Column>();
    tables.set(table, columns.set(column.name, column));
  }
  return tables;
}

/** Of each table its unique sets of columns, sorted and joined by commas. */
async function uniqueKeysOf(
  database: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await database.query(sql`
    select given.name as "table", unique_set.columns
    from unnest(${names}::text[]) as given(name)
      join pg_class c on c.oid = to_regclass(given.name) and c.relkind in ('r', 'p')
      left join lateral (
        select string_agg(a.attname, ',' order by a.attname collate "C") as columns
        from pg_index i
          cross join lateral unnest(i.indkey) with ordinality as part(number, place)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = part.number
        where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indisvalid and 0 <> all (i.indkey)
          and part.place <= i.indnkeyatts
        group by i.indexrelid
      ) as unique_set on true`);
  const tables = new Map<string, Set<string>>();
  for (const { table, columns } of rows as readonly { readonly table: string; readonly columns: string | null }[]) {
    const sets = tables.get(table) ?? new Set<string>();
    tables.set(table, columns === null ? sets : sets.add(columns));
  }
  return tables;
}
