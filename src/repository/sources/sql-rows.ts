// The SQL source: each method is one statement. A unit of work gives it its transaction's `query`, a read the pool's.

import { appError } from "../../core/catalogue.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { QueryResult, Row, Statement } from "../../database/statement.ts";
import type { RowLock, RowSource, TableMapping } from "../row-source.ts";
import { pageStatement } from "./sql-page.ts";
import { columnOf, compared, parameter, type SqlTable, sqlField, sqlTable, textOf, written } from "./sql-table.ts";

/**
 * Rows in SQL tables, through the given way to run statements. Costs nothing to make.
 * Errors of `query` pass through, save a broken unique constraint, which is ALREADY_EXISTS with the DatabaseError as
 * cause. A write that finds no row looks a second time only where an expected version leaves open why.
 */
export function sqlRowSource(query: (statement: Statement) => Promise<QueryResult>): RowSource {
  // `then` where a method would only hand on what it awaits: each such step is a turn of the microtask queue.
  const one = (table: SqlTable, statement: Statement): Promise<Row | undefined> =>
    query(statement).then(({ rows: [row] }) => (row === undefined ? undefined : table.read(row)));
  const refused = async (table: SqlTable, key: Row, expectedVersion: number | undefined) => {
    const isThere = expectedVersion !== undefined && (await one(table, findStatement(table, key))) !== undefined;
    return isThere ? "VERSION_CONFLICT" : "ROW_NOT_FOUND";
  };

  return {
    find(mapping, key, lock) {
      const table = sqlTable(mapping);
      return one(table, findStatement(table, key, lock));
    },
    async insert(mapping, row) {
      const table = sqlTable(mapping);
      const inserted = await one(table, insertStatement(table, row)).catch(duplicateToAppError);
      if (inserted === undefined) throw new Error(`${mapping.name}: the database kept no row (a rule or a trigger?)`);
      return inserted;
    },
    async update(mapping, key, changes, expectedVersion) {
      const table = sqlTable(mapping);
      const statement = updateStatement(table, key, changes, expectedVersion);
      const updated = await one(table, statement).catch(duplicateToAppError);
      if (updated === undefined) throw appError(await refused(table, key, expectedVersion));
      return updated;
    },
    async remove(mapping, key, expectedVersion) {
      const table = sqlTable(mapping);
      const removed = await one(table, removeStatement(table, key, expectedVersion));
      if (removed === undefined && (await refused(table, key, expectedVersion)) === "VERSION_CONFLICT")
        throw appError("VERSION_CONFLICT");
      return removed;
    },
    async page(mapping, request) {
      const table = sqlTable(mapping);
      return (await query(pageStatement(table, request))).rows.map(table.read);
    },
  };
}

function findStatement(table: SqlTable, key: Row, lock?: RowLock): Statement {
  const text = textOf(table, lock === undefined ? "find" : `find for ${lock}`, () => {
    const found = `select ${table.selected} from ${table.name} where ${matching(table, 0)}`;
    return lock === undefined ? found : `${found} for ${lock}`;
  });
  return { ...text, values: matchingValues(table.mapping, key) };
}

function insertStatement(table: SqlTable, row: Row): Statement {
  const { fields } = table.mapping;
  const text = textOf(table, "insert", () => {
    const columns = fields.map((field) => columnOf(table, field.name)).join(", ");
    const places = fields.map((field, index) => written(field, index + 1)).join(", ");
    return `insert into ${table.name} (${columns}) values (${places}) returning ${table.selected}`;
  });
  return { ...text, values: fields.map((field) => parameter(field, row[field.name])) };
}

/** With nothing to set it only finds. */
function updateStatement(table: SqlTable, key: Row, changes: Row, expectedVersion: number | undefined): Statement {
  const { fields, version } = table.mapping;
  const changed = fields.filter((field) => changes[field.name] !== undefined);
  if (changed.length === 0 && version === undefined) return findStatement(table, key);
  const shape = `update ${changed.map((field) => field.name).join()} ${expectedVersion !== undefined}`;
  const text = textOf(table, shape, () => {
    const sets = changed.map((field, index) => `${columnOf(table, field.name)} = ${written(field, index + 1)}`);
    if (version !== undefined) sets.push(`${columnOf(table, version)} = ${columnOf(table, version)} + 1`);
    const where = matching(table, changed.length, expectedVersion);
    return `update ${table.name} set ${sets.join(", ")} where ${where} returning ${table.selected}`;
  });
  const values = changed.map((field) => parameter(field, changes[field.name]));
  return { ...text, values: [...values, ...matchingValues(table.mapping, key, expectedVersion)] };
}

function removeStatement(table: SqlTable, key: Row, expectedVersion: number | undefined): Statement {
  const text = textOf(table, `remove ${expectedVersion !== undefined}`, () => {
    return `delete from ${table.name} where ${matching(table, 0, expectedVersion)} returning ${table.selected}`;
  });
  return { ...text, values: matchingValues(table.mapping, key, expectedVersion) };
}

/** The condition on the key, and on the version if one is expected, with placeholders after the given number. */
function matching(table: SqlTable, before: number, expectedVersion?: number): string {
  return matched(table.mapping, expectedVersion)
    .map((name, index) => `${columnOf(table, name)} = ${compared(sqlField(table, name), before + index + 1)}`)
    .join(" and ");
}

function matchingValues(mapping: TableMapping, key: Row, expectedVersion?: number): unknown[] {
  return matched(mapping, expectedVersion).map((name) => (name in key ? key[name] : expectedVersion));
}

function matched(mapping: TableMapping, expectedVersion: number | undefined): readonly string[] {
  if (expectedVersion === undefined) return mapping.key;
  if (mapping.version === undefined) throw new Error(`${mapping.name}: no field counts versions`);
  return [...mapping.key, mapping.version];
}

function duplicateToAppError(error: unknown): never {
  if (error instanceof DatabaseError && error.kind === "unique") throw appError("ALREADY_EXISTS", { cause: error });
  throw error;
}
