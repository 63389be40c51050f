// The repository port: where the rows of a table live. Sources: SQL and memory. One contract suite for both.

import type { Shape } from "../contract/schema.ts";
import type { Row, Sql } from "../database/statement.ts";

/** A table as the sources see it. Made by `table`. */
export interface TableMapping {
  /** The SQL name. */
  readonly name: string;
  /** Every field with its schema: the model's and the table's own. */
  readonly fields: Shape;
  /** The fields of the primary key, in order. */
  readonly key: readonly string[];
  /** The field that counts versions. */
  readonly version: string | undefined;
}

/** Which rows a page holds and in which order. */
export interface PageQuery {
  /** Fields and the values they must equal. */
  readonly where: Row;
  /** A further condition; sources without SQL refuse it. */
  readonly and: Sql | undefined;
  /** Ends with all key fields, so that the order is total. */
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  /** Values of the order's fields: rows after these. */
  readonly after: readonly unknown[] | undefined;
  readonly limit: number;
}

/**
 * Rows of one unit of work or one read. Rows go in and out by field name (camelCase), values are JSON values.
 * Guarantee: within a unit of work a source sees its own writes.
 */
export interface RowSource {
  find(table: TableMapping, key: Row): Promise<Row | undefined>;
  /** Throws AppError ALREADY_EXISTS (with `cause`) when a unique constraint is broken. */
  insert(table: TableMapping, row: Row): Promise<Row>;
  /**
   * Changes the given fields and counts the version up by one where the table has one. With `expectedVersion`: only if
   * it is that version. Throws AppError ROW_NOT_FOUND or VERSION_CONFLICT.
   */
  update(table: TableMapping, key: Row, changes: Row, expectedVersion: number | undefined): Promise<Row>;
  /** Whether there was such a row. */
  remove(table: TableMapping, key: Row): Promise<boolean>;
  page(table: TableMapping, query: PageQuery): Promise<readonly Row[]>;
}

/** What a context gives the repository. Reached by a symbol, so that it is not part of what a handler sees. */
export const dataScope: unique symbol = Symbol("trivium.data");

/** A context that a repository can work through. */
export interface DataContext {
  readonly [dataScope]: DataScope;
}

/** Where a call's reads and writes go. */
export interface DataScope {
  readonly rows: RowSource;
  /** Throws at once when the context may not write: only a unit of work may. */
  assertWritable(): void;
}
