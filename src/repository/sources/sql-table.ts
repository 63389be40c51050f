// A table as SQL: names quoted, columns selected under their fields' names, texts built once and kept.

import { hash } from "node:crypto";
import type { Row, Statement } from "../../database/statement.ts";
import type { TableMapping } from "../row-source.ts";
import type { TableField } from "../table-field.ts";

/** A statement's text and the name under which connections prepare it. */
export type PreparedText = Pick<Statement, "text" | "name">;

/** What is worked out once per table. */
export interface SqlTable {
  readonly mapping: TableMapping;
  /** Quoted. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, TableField>;
  /** The select list: every column under its field's name. */
  readonly selected: string;
  /** A row as the database gave it, without the fields that are absent. */
  readonly read: (row: Row) => Row;
  /** Texts by shape. Bounded. */
  readonly texts: Map<string, PreparedText>;
}

const tables = new WeakMap<TableMapping, SqlTable>();
const maxTexts = 200;

/** The SQL side of a mapping. */
export function sqlTable(mapping: TableMapping): SqlTable {
  const known = tables.get(mapping);
  if (known !== undefined) return known;
  const made: SqlTable = {
    mapping,
    name: mapping.name.split(".").map(quoted).join("."),
    fields: new Map(mapping.fields.map((field) => [field.name, field])),
    selected: mapping.fields.map((field) => `${quoted(field.column)} as ${quoted(field.name)}`).join(", "),
    read: mapping.fields.some((field) => field.absent) ? withoutAbsent(mapping.fields) : (row) => row,
    texts: new Map(),
  };
  tables.set(mapping, made);
  return made;
}

/** The text of a shape, built at its first use. The name is made from the text, so that the two are one to one. */
export function textOf(table: SqlTable, shape: string, build: () => string): PreparedText {
  const known = table.texts.get(shape);
  if (known !== undefined) return known;
  const text = build();
  if (table.texts.size >= maxTexts) return { text };
  const made = { text, name: `trivium_${hash("sha256", text, "hex").slice(0, 32)}` };
  table.texts.set(shape, made);
  return made;
}

/** The field of a name. */
export function sqlField(table: SqlTable, name: string): TableField {
  const field = table.fields.get(name);
  if (field === undefined) throw new Error(`${table.mapping.name}: there is no field ${name}`);
  return field;
}

/** The quoted column of a field. */
export function columnOf(table: SqlTable, name: string): string {
  return quoted(sqlField(table, name).column);
}

/** The place of a value that is written. The casts say how the parameter travels: as text, on every driver. */
export function written(field: TableField, position: number): string {
  if (field.kind === "document") return `$${position}::text::jsonb`;
  return field.kind === "bytes" ? `decode($${position}::text, 'base64')` : `$${position}`;
}

/** The place of a value that is compared: an integer beyond the column's range is just another integer. */
export function compared(field: TableField, position: number): string {
  return field.kind === "integer" ? `$${position}::bigint` : written(field, position);
}

/** A value as a statement takes it. JSON null is SQL's NULL where the field may be missing, else a JSON value. */
export function parameter(field: TableField, value: unknown): unknown {
  if (value === undefined || (value === null && (field.nullable || field.kind !== "document"))) return null;
  return field.kind === "document" ? JSON.stringify(value) : value;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function withoutAbsent(fields: readonly TableField[]): (row: Row) => Row {
  return (row) => {
    const read: Record<string, unknown> = {};
    for (const field of fields) {
      const value = row[field.name];
      if (value !== null || !field.absent) read[field.name] = value;
    }
    return read;
  };
}
