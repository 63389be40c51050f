// Keyset pages: from a request to the source's query, and back to items with the next cursor.

import { appError } from "../core/catalogue.ts";
import type { Row, Sql } from "../database/statement.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { OrderPart, RowSource, TableMapping } from "./row-source.ts";
import type { TableField } from "./table-field.ts";
import { fieldNamed } from "./table-mapping.ts";

/** A request for a page, untyped. */
export interface ListRequest {
  readonly where?: Row;
  readonly and?: Sql;
  readonly order?: string | readonly string[];
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Reads one row more than asked for, to know whether there is a next page. Throws AppError INVALID_CURSOR. */
export async function readPage(
  rows: RowSource,
  table: TableMapping,
  request: ListRequest,
): Promise<{ items: Row[]; nextCursor?: string }> {
  const { limit, cursor, and } = request;
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Error(`${table.name}: a page's limit must be 1 or more`);
  const where = checkedWhere(table, request.where ?? {});
  const order = totalOrder(table, request.order ?? []);
  const list = JSON.stringify([table.name, order, Object.entries(where).sort(), and?.text]);
  const after = cursor === undefined ? undefined : positionOf(table, order, list, cursor);
  const found = await rows.page(table, { where, and, order, after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  const position = order.map((part) => last[part.field]);
  return { items, nextCursor: encodeCursor(list, position) };
}

function positionOf(
  table: TableMapping,
  order: readonly OrderPart[],
  list: string,
  cursor: string,
): readonly unknown[] {
  const position = decodeCursor(list, cursor);
  const fits =
    position?.length === order.length &&
    order.every((part, index) => fieldNamed(table, part.field)?.accepts(position[index]));
  if (!fits) throw appError("INVALID_CURSOR");
  return position;
}

/** The order asked for and after it the key's other fields, in the direction of what stands before them. */
function totalOrder(table: TableMapping, asked: string | readonly string[]): OrderPart[] {
  const order: OrderPart[] = [];
  for (const text of typeof asked === "string" ? [asked] : asked) {
    const descending = text.startsWith("-");
    const field = scalarField(table, descending ? text.slice(1) : text);
    if (field.nullable) throw new Error(`${table.name}: ${field.name} may be missing and cannot order a list`);
    order.push({ field: field.name, descending });
  }
  const descending = order.at(-1)?.descending ?? true;
  for (const field of table.key) if (!order.some((part) => part.field === field)) order.push({ field, descending });
  return order;
}

/** An undefined value is refused: left out silently, the condition would give rows that the caller must not see. */
function checkedWhere(table: TableMapping, where: Row): Row {
  for (const name of Object.keys(where)) {
    scalarField(table, name);
    if (where[name] === undefined)
      throw new Error(`${table.name}: where.${name} is undefined; leave it out or use null`);
  }
  return where;
}

function scalarField(table: TableMapping, name: string): TableField {
  const field = fieldNamed(table, name);
  if (field === undefined || field.kind === "document") throw new Error(`${table.name}: ${name} is no scalar field`);
  return field;
}
