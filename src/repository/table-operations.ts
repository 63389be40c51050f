// The methods of a table, over untyped rows: fills in what the table gives, asks the context's source, and turns its
// errors into the failures that the caller named.

import { type DetailsOf, errorFromFailure, type Failure } from "../contract/failure.ts";
import { type AppError, isAppError } from "../core/app-error.ts";
import type { CatalogueReason } from "../core/catalogue.ts";
import { type Clock, timestampFromMillis } from "../core/clock.ts";
import { uuidv7 } from "../core/ids.ts";
import { SetupError } from "../core/setup-error.ts";
import type { Row } from "../database/statement.ts";
import { type DataContext, type DataScope, dataScope, type TableMapping } from "./row-source.ts";
import type { TableField } from "./table-field.ts";
import { type ListRequest, readPage } from "./table-page.ts";
import type { FindOptions } from "./table-types.ts";
import { rowTag, setTag, touchedTags } from "./tags.ts";

interface WriteOptions {
  readonly version?: number | undefined;
  readonly missing?: Failure;
  readonly duplicate?: Failure;
}

/** The methods of a table. */
export function createTableOperations(table: TableMapping, problems: readonly string[]) {
  const scopeOf = (ctx: DataContext): DataScope => {
    if (problems.length > 0) throw new SetupError(problems, `The table ${table.name} cannot be used`);
    return ctx[dataScope];
  };
  const writableScopeOf = (ctx: DataContext): DataScope => {
    const scope = scopeOf(ctx);
    scope.assertWritable();
    return scope;
  };
  const names = new Set(table.fields.map((field) => field.name));
  const refuseUnknown = (values: Row): void => {
    const unknown = Object.keys(values).find((name) => !names.has(name));
    if (unknown !== undefined) throw new Error(`${table.name}: there is no field ${unknown}`);
  };
  const fixed = new Set([...table.key, ...table.partitions, table.version, "createdAt", "updatedAt"]);

  return {
    async find(ctx: DataContext, key: unknown, { lock }: FindOptions = {}): Promise<Row | undefined> {
      const scope = scopeOf(ctx);
      if (lock !== undefined) scope.assertLockable();
      return await scope.rows.find(table, keyRow(table, key), lock);
    },
    async get(ctx: DataContext, key: unknown, failure: Failure, details?: Row): Promise<Row> {
      const where = keyRow(table, key);
      const row = await scopeOf(ctx).rows.find(table, where);
      if (row === undefined) throw failed(failure, details ?? where);
      return row;
    },
    async insert(ctx: DataContext, values: Row, options: WriteOptions = {}): Promise<Row> {
      const scope = writableScopeOf(ctx);
      refuseUnknown(values);
      const row = newRow(table, values, scope.clock);
      try {
        return await scope.rows.insert(table, row);
      } catch (error) {
        throw asFailure(error, "ALREADY_EXISTS", options.duplicate, row);
      }
    },
    async update(ctx: DataContext, key: unknown, changes: Row, options: WriteOptions = {}): Promise<Row> {
      const scope = writableScopeOf(ctx);
      const where = keyRow(table, key);
      refuseUnknown(changes);
      const changed = changedFields(table, fixed, changes, scope.clock);
      try {
        return await scope.rows.update(table, where, changed, options.version);
      } catch (error) {
        const missed = asFailure(error, "ROW_NOT_FOUND", options.missing, where);
        throw asFailure(missed, "ALREADY_EXISTS", options.duplicate, { ...where, ...changed });
      }
    },
    async remove(ctx: DataContext, key: unknown, options: WriteOptions = {}): Promise<Row | undefined> {
      return await writableScopeOf(ctx).rows.remove(table, keyRow(table, key), options.version);
    },
    tag(where: Row = {}): string {
      refuseUnknown(where);
      return isKey(table, where) ? rowTag(table, where) : setTag(table, where);
    },
    touched(row: Row): string[] {
      return touchedTags(table, row);
    },
    async page(ctx: DataContext, request: ListRequest) {
      return readPage(scopeOf(ctx).rows, table, request);
    },
  };
}

function isKey(table: TableMapping, where: Row): boolean {
  return Object.keys(where).length === table.key.length && table.key.every((name) => where[name] !== undefined);
}

function keyRow(table: TableMapping, key: unknown): Row {
  const [only, second] = table.key;
  if (only !== undefined && second === undefined) return { [only]: key };
  const given = key as Row; // a key of several fields is an object of them
  return Object.fromEntries(table.key.map((name) => [name, given[name]]));
}

function newRow(table: TableMapping, values: Row, clock: Clock): Row {
  const now = clock.now();
  const row: Record<string, unknown> = {};
  for (const field of table.fields) {
    const value = values[field.name] === undefined ? givenValue(table, field, now) : values[field.name];
    if (value !== undefined && value !== null) row[field.name] = value;
    else if (field.nullable) {
      if (!field.absent) row[field.name] = null;
    } else if (value === null && field.kind === "document") row[field.name] = null;
    else throw new Error(`${table.name}: an insert without ${field.name}`);
  }
  return row;
}

function givenValue(table: TableMapping, field: TableField, now: number): unknown {
  if (field.name === "createdAt" || field.name === "updatedAt") return timestampFromMillis(now);
  if (field.name === "id" && field.uuid) return uuidv7(now);
  if (field.name === table.version) return 1;
  return field.fallback?.();
}

function changedFields(table: TableMapping, fixed: ReadonlySet<string | undefined>, changes: Row, clock: Clock): Row {
  const changed: Record<string, unknown> = {};
  for (const field of table.fields) {
    const value = field.name === "updatedAt" ? timestampFromMillis(clock.now()) : changes[field.name];
    if (changes[field.name] !== undefined && fixed.has(field.name))
      throw new Error(`${table.name}: ${field.name} cannot be changed by an update`);
    if (value !== undefined) changed[field.name] = value;
  }
  return changed;
}

/** What to throw for a rejected write: the caller's failure in the place of the source's reason. */
function asFailure(error: unknown, reason: CatalogueReason, failure: Failure | undefined, known: Row): unknown {
  if (failure === undefined || !isAppError(error) || error.reason !== reason) return error;
  const answer = failed(failure, known);
  answer.cause = error;
  return answer;
}

/** The failure's error; its details are those fields of `known` that it names. */
function failed(failure: Failure, known: Row): AppError {
  const details = Object.fromEntries(Object.keys(failure.details.shape).map((name) => [name, known[name]]));
  return errorFromFailure(failure, details as DetailsOf<Failure>); // checked by the failure's schema inside
}
