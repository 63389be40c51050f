// Tags: what a read depends on and what a write touches, as names. A read's answer is as it was as long as none of its
// tags was touched: each write touches its row, the row's partitions and the list of all rows.
//
//   messages:0193…          one row, by its key (several fields: separated by commas)
//   messages?channelId=0193…  the rows of a partition
//   messages:*              any set of rows; touched by every write
//   messages                the whole table; every read depends on it, only writes from outside touch it

import type { Row } from "../database/statement.ts";
import type { TableMapping } from "./row-source.ts";
import { fieldNamed } from "./table-mapping.ts";

/** The tag of all that is in a table, whoever changes it. `name` as in SQL. */
export function tableTag(name: string): string {
  return name;
}

/** The tag of any set of a table's rows. */
export function listTag(table: TableMapping): string {
  return `${table.name}:*`;
}

/** The tag of one row. `key` may hold more than the key's fields. */
export function rowTag(table: TableMapping, key: Row): string {
  const [only, second] = table.key;
  if (only !== undefined && second === undefined) return `${table.name}:${canonical(table, only, key[only])}`;
  return `${table.name}:${table.key.map((name) => canonical(table, name, key[name])).join(",")}`;
}

/** The tag of the rows of a partition. */
export function partitionTag(table: TableMapping, field: string, value: unknown): string {
  return `${table.name}?${field}=${canonical(table, field, value)}`;
}

/** The narrowest tag of the rows that have these values: a partition where one is named, else the list of all. */
export function setTag(table: TableMapping, where: Row): string {
  const partition = table.partitions.find((name) => where[name] !== undefined);
  return partition === undefined ? listTag(table) : partitionTag(table, partition, where[partition]);
}

/** What a write of this row touches. Partition fields never change, so the row after the write names them too. */
export function touchedTags(table: TableMapping, row: Row): string[] {
  const tags = [rowTag(table, row), listTag(table)];
  for (const name of table.partitions) tags.push(partitionTag(table, name, row[name]));
  for (const name of table.affects ?? []) tags.push(tableTag(name));
  return tags;
}

/**
 * One text for values that the database takes for equal: UUIDs in either case. Commas are encoded, so that the values
 * of a key of several fields cannot be taken for one another. No value: nothing.
 */
function canonical(table: TableMapping, field: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") return String(value);
  if (uuidFields(table).has(field)) return value.toLowerCase();
  return plain.test(value) ? value : `'${encodeURIComponent(value)}`;
}

const plain = /^[A-Za-z0-9._-]+$/;
const known = new WeakMap<TableMapping, ReadonlySet<string>>();

function uuidFields(table: TableMapping): ReadonlySet<string> {
  const found = known.get(table);
  if (found !== undefined) return found;
  const names = [...table.key, ...table.partitions].filter((name) => fieldNamed(table, name)?.uuid);
  const made = new Set(names);
  known.set(table, made);
  return made;
}
