// The SQL of a keyset page: conditions, then the position as a row comparison, so that one index serves it all.

import type { Statement } from "../../database/statement.ts";
import type { OrderPart, PageQuery } from "../row-source.ts";
import { columnOf, compared, type SqlTable, sqlField, textOf } from "./sql-table.ts";

/** The statement of a page. Prepared where its text comes from this file alone. */
export function pageStatement(table: SqlTable, query: PageQuery): Statement {
  const { and, order, after, limit } = query;
  const where = Object.entries(query.where);
  const values = [...(and?.values ?? []), ...where.flatMap(([, value]) => value ?? []), ...(after ?? []), limit];
  if (and !== undefined) return { text: pageText(table, query), values };
  const equals = where.map(([name, value]) => (value === null ? `${name} null` : name));
  const sorted = order.map((part) => `${part.field} ${part.descending}`);
  const shape = `page ${equals.join()} by ${sorted.join()} ${after !== undefined}`;
  return { ...textOf(table, shape, () => pageText(table, query)), values };
}

/** The condition `and` comes first, so that its own placeholders keep their numbers. */
function pageText(table: SqlTable, query: PageQuery): string {
  const { and, order, after } = query;
  let position = and?.values.length ?? 0;
  const place = (name: string): string => compared(sqlField(table, name), ++position);
  const conditions = and === undefined ? [] : [`(${and.text})`];
  for (const [name, value] of Object.entries(query.where))
    conditions.push(value === null ? `${columnOf(table, name)} is null` : `${columnOf(table, name)} = ${place(name)}`);
  if (after !== undefined)
    conditions.push(
      afterCondition(
        table,
        order,
        order.map((part) => place(part.field)),
      ),
    );
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  const sorted = order.map((part) => `${columnOf(table, part.field)} ${part.descending ? "desc" : "asc"}`).join(", ");
  return `select ${table.selected} from ${table.name}${where} order by ${sorted} limit $${++position}`;
}

function afterCondition(table: SqlTable, order: readonly OrderPart[], places: readonly string[]): string {
  const columns = order.map((part) => columnOf(table, part.field));
  const one = order.every((part) => part.descending === order[0]?.descending);
  if (one) return `(${columns.join(", ")}) ${order[0]?.descending ? "<" : ">"} (${places.join(", ")})`;
  const cases = order.map((part, index) => {
    const equal = columns.slice(0, index).map((column, before) => `${column} = ${places[before]}`);
    return `(${[...equal, `${columns[index]} ${part.descending ? "<" : ">"} ${places[index]}`].join(" and ")})`;
  });
  const bound = `${columns[0]} ${order[0]?.descending ? "<=" : ">="} ${places[0]}`; // what an index can start from
  return `${bound} and (${cases.join(" or ")})`;
}
