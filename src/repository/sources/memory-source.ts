// What a unit of work on memory reads and writes: the committed rows, under the unit's own changes.

import { appError } from "../../core/catalogue.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { Row } from "../../database/statement.ts";
import type { OrderPart, PageQuery, RowSource, TableMapping } from "../row-source.ts";

/** Rows by key, by table name. */
export type Tables = Map<string, Map<string, Row>>;

/** A unit's view. Stored rows are never changed, only replaced. */
export interface MemoryState {
  readonly committed: Tables;
  /** The rows that the unit wrote or locked: as they were committed then, and as they are for the unit. */
  readonly touched: Map<TableMapping, Map<string, { readonly before: Row | undefined; readonly now: Row | undefined }>>;
}

/** The source of a unit. */
export function memoryRowSource(state: MemoryState): RowSource {
  return {
    async find(table, key, lock) {
      const text = keyText(table, key);
      const row = rowOf(state, table, text);
      if (lock !== undefined) write(state, table, text, row);
      return row && copied(table, row);
    },
    async insert(table, row) {
      const key = keyText(table, row);
      if (rowOf(state, table, key) !== undefined) throw duplicate(table, `${table.name}_pkey`);
      return put(state, table, key, row);
    },
    async update(table, key, changes, expectedVersion) {
      const text = keyText(table, key);
      const row = rowOf(state, table, text);
      if (row === undefined) throw appError("ROW_NOT_FOUND");
      checkVersion(table, row, expectedVersion);
      const counted = table.version === undefined ? {} : { [table.version]: Number(row[table.version]) + 1 };
      return put(state, table, text, { ...row, ...changes, ...counted });
    },
    async remove(table, key, expectedVersion) {
      const text = keyText(table, key);
      const row = rowOf(state, table, text);
      if (row === undefined) return undefined;
      checkVersion(table, row, expectedVersion);
      write(state, table, text, undefined);
      return copied(table, row);
    },
    async page(table, query) {
      return pageOf(allRows(state, table), query).map((row) => copied(table, row));
    },
  };
}

/** The committed rows of a table. */
export function committedRows(state: MemoryState, table: TableMapping): Map<string, Row> {
  const known = state.committed.get(table.name);
  if (known !== undefined) return known;
  const made = new Map<string, Row>();
  state.committed.set(table.name, made);
  return made;
}

/** The name of a unique constraint that a row would break, as PostgreSQL would name it. */
export function brokenUnique(state: MemoryState, table: TableMapping, key: string, row: Row): string | undefined {
  const sets = table.unique.filter((fields) => fields.every((name) => (row[name] ?? null) !== null));
  if (sets.length === 0) return undefined;
  const others = allRows(state, table).filter((other) => keyText(table, other) !== key);
  const broken = sets.find((fields) => others.some((other) => fields.every((name) => other[name] === row[name])));
  const columns = broken?.map((name) => table.fields.find((field) => field.name === name)?.column ?? name);
  return columns && `${table.name}_${columns.join("_")}_key`;
}

function put(state: MemoryState, table: TableMapping, key: string, row: Row): Row {
  const constraint = brokenUnique(state, table, key, row);
  if (constraint !== undefined) throw duplicate(table, constraint);
  const kept = copied(table, row);
  write(state, table, key, kept);
  return copied(table, kept);
}

function write(state: MemoryState, table: TableMapping, key: string, now: Row | undefined): void {
  const touched = state.touched.get(table) ?? new Map();
  state.touched.set(table, touched);
  const before = touched.has(key) ? touched.get(key).before : committedRows(state, table).get(key);
  touched.set(key, { before, now });
}

function rowOf(state: MemoryState, table: TableMapping, key: string): Row | undefined {
  const touched = state.touched.get(table)?.get(key);
  return touched === undefined ? committedRows(state, table).get(key) : touched.now;
}

function allRows(state: MemoryState, table: TableMapping): Row[] {
  const rows = new Map<string, Row | undefined>(committedRows(state, table));
  for (const [key, { now }] of state.touched.get(table) ?? []) rows.set(key, now);
  return [...rows.values()].filter((row) => row !== undefined);
}

function pageOf(rows: readonly Row[], query: PageQuery): readonly Row[] {
  if (query.and !== undefined)
    throw new Error("the memory source knows no SQL: a page with `and` needs a database, in a test the embedded one");
  const { order, after } = query;
  const where = Object.entries(query.where);
  return rows
    .filter((row) => where.every(([name, value]) => (row[name] ?? null) === value))
    .filter((row) => after === undefined || compare(order, row, positioned(order, after)) > 0)
    .sort((left, right) => compare(order, left, right))
    .slice(0, query.limit);
}

function positioned(order: readonly OrderPart[], after: readonly unknown[]): Row {
  return Object.fromEntries(order.map((part, index) => [part.field, after[index]]));
}

function compare(order: readonly OrderPart[], left: Row, right: Row): number {
  for (const { field, descending } of order) {
    // Scalars of one kind: strings, numbers or booleans, which all compare by the operators.
    const [a, b] = [left[field] as string, right[field] as string];
    if (a !== b) return a < b === descending ? 1 : -1;
  }
  return 0;
}

function checkVersion(table: TableMapping, row: Row, expectedVersion: number | undefined): void {
  if (expectedVersion === undefined) return;
  if (table.version === undefined) throw new Error(`${table.name}: no field counts versions`);
  if (row[table.version] !== expectedVersion) throw appError("VERSION_CONFLICT");
}

function keyText(table: TableMapping, row: Row): string {
  const [only, second] = table.key;
  if (only !== undefined && second === undefined) return String(row[only]); // values of one type: no two read alike
  return JSON.stringify(table.key.map((name) => row[name]));
}

/** A row of its own: documents as JSON carries them, missing values as the port has them. */
function copied(table: TableMapping, row: Row): Row {
  const copy: Record<string, unknown> = {};
  for (const field of table.fields) {
    const value = row[field.name] ?? null;
    if (value === null && field.absent) continue;
    copy[field.name] = field.kind === "document" ? JSON.parse(JSON.stringify(value)) : value;
  }
  return copy;
}

function duplicate(table: TableMapping, constraint: string): Error {
  const message = `${table.name}: a row breaks the unique constraint ${constraint}`;
  return appError("ALREADY_EXISTS", { cause: new DatabaseError("unique", message, { sqlState: "23505", constraint }) });
}
