// The external source: tables whose rows another service keeps, beside those of the application's own source.

import type { RowSource, TableMapping } from "../row-source.ts";

/** How one table's rows are reached. What is left out cannot be done with that table. */
export type ExternalTable = Partial<RowSource>;

/**
 * A source that asks the given functions for the tables they serve, and `others` for all other tables. The functions
 * keep the port's guarantees as far as they go; they take part in no transaction, so a service offers reads, and calls
 * them in queries, not in commands.
 *
 * @example
 * const rows = externalRowSource(
 *   [[rateTable, { find: async (_, { currency }) => rates.get(String(currency)) }]],
 *   sqlRowSource((statement) => database.query(statement)),
 * );
 */
export function externalRowSource(
  tables: readonly (readonly [table: TableMapping, functions: ExternalTable])[],
  others: RowSource,
): RowSource {
  const served = new Map<TableMapping, ExternalTable>(tables);
  const sourceOf = (table: TableMapping, method: keyof RowSource): RowSource => {
    const functions = served.get(table) ?? others;
    if (functions[method] === undefined)
      throw new Error(`${table.name} is kept by another service, which offers no ${method}`);
    return functions as RowSource; // it has the one method that is called
  };
  return {
    async find(table, key, lock) {
      return sourceOf(table, "find").find(table, key, lock);
    },
    async insert(table, row) {
      return sourceOf(table, "insert").insert(table, row);
    },
    async update(table, key, changes, expectedVersion) {
      return sourceOf(table, "update").update(table, key, changes, expectedVersion);
    },
    async remove(table, key, expectedVersion) {
      return sourceOf(table, "remove").remove(table, key, expectedVersion);
    },
    async page(table, query) {
      return sourceOf(table, "page").page(table, query);
    },
  };
}
