// The repository port: where the rows of a table live. Sources: SQL, memory, an external service. One contract suite.
// Whatever wraps a RowSource sees every read and write of the repository: the place for a coherent cache's tags.

import type { Clock } from "../core/clock.ts";
import type { Row, Sql } from "../database/statement.ts";
import type { TableField } from "./table-field.ts";

/** A table as the sources see it. Made by `table`; compare by identity. */
export interface TableMapping {
  /** The SQL name, perhaps with a schema: `messages`, `chat.messages`. */
  readonly name: string;
  /** Every field: the model's, then the table's own. */
  readonly fields: readonly TableField[];
  /** The fields of the primary key, in order. */
  readonly key: readonly string[];
  /** The field that counts versions. */
  readonly version: string | undefined;
  /** Fields that never change and by which lists of rows are read. */
  readonly partitions: readonly string[];
  /** Sets of fields that no two rows share, beside the key. SQL keeps them by its own constraints. */
  readonly unique: readonly (readonly string[])[];
  /** SQL names of tables whose rows a write of this one may change, by a cascade or a trigger; undefined: not said. */
  readonly affects: readonly string[] | undefined;
}

/** One part of an order. */
export interface OrderPart {
  readonly field: string;
  readonly descending: boolean;
}

/**
 * How a row is kept as it is until the unit of work ends, by the names that PostgreSQL has for it, weakest first: others
 * may not remove it or change its key; not change it at all; not lock it to change it; not lock it at all.
 */
export type RowLock = "key share" | "share" | "no key update" | "update";

/** Which rows a page holds and in which order. */
export interface PageQuery {
  /** Fields and the values they must equal; null: the field has no value. */
  readonly where: Row;
  /** A further condition; sources without SQL refuse it. */
  readonly and: Sql | undefined;
  /** Ends with all key fields, so that the order is total. No field of it is ever NULL. */
  readonly order: readonly OrderPart[];
  /** Values of the order's fields: rows after these. */
  readonly after: readonly unknown[] | undefined;
  /** At least 1. */
  readonly limit: number;
}

/**
 * Rows of one unit of work or one read. Rows go in and out by field name (camelCase), values are JSON values. A field
 * without a value is null where its schema takes null, absent otherwise; on the way in both mean the same.
 * Guarantee: within a unit of work a source sees its own writes; what it gives is the caller's to keep and change.
 */
export interface RowSource {
  /**
   * With a lock the row is as it was committed last, after others with a conflicting lock have ended, and stays so until
   * the unit ends. A source without locks lets the later of two conflicting units fail instead.
   */
  find(table: TableMapping, key: Row, lock?: RowLock): Promise<Row | undefined>;
  /** `row` holds every field. Throws AppError ALREADY_EXISTS with a DatabaseError `unique` as cause. */
  insert(table: TableMapping, row: Row): Promise<Row>;
  /**
   * Changes the given fields and counts the version up by one where the table has one. With `expectedVersion`: only if
   * it is that version. Answers the row as it is then. Throws AppError ROW_NOT_FOUND, VERSION_CONFLICT or
   * ALREADY_EXISTS.
   */
  update(table: TableMapping, key: Row, changes: Row, expectedVersion: number | undefined): Promise<Row>;
  /** Answers the row that was removed, undefined if there was none. Throws AppError VERSION_CONFLICT. */
  remove(table: TableMapping, key: Row, expectedVersion: number | undefined): Promise<Row | undefined>;
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
  /** Dates `createdAt`, `updatedAt` and the ids of new rows. */
  readonly clock: Clock;
  /** Throws at once when the context may not write: only a unit of work may. */
  assertWritable(): void;
  /** Throws at once outside a unit of work, in which alone locks last. */
  assertLockable(): void;
}
