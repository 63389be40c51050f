// The memory source, for tests: tables as maps, and units that see their own writes and commit them all or none.

import { DatabaseError } from "../../database/database-error.ts";
import type { RowSource } from "../row-source.ts";
import { brokenUnique, committedRows, type MemoryState, memoryRowSource, type Tables } from "./memory-source.ts";

/** Rows kept in memory. */
export interface MemoryRows {
  /** Sees what is committed; each write commits by itself. */
  readonly rows: RowSource;
  /** A unit of work. */
  begin(): MemoryUnit;
}

/** A unit of work on memory. Ended by `commit` or `rollback`; used again it is a new one. */
export interface MemoryUnit {
  readonly rows: RowSource;
  /**
   * Makes the unit's writes visible, all at once. Throws DatabaseError `conflict` and keeps nothing when another unit
   * has since changed a row that this one wrote or locked, or taken a value that must be unique: run the unit again, as after a
   * serialisation failure. Rows that were read without a lock are not watched.
   */
  commit(): void;
  rollback(): void;
}

/**
 * An empty memory store. Keeps the repository's rules (keys, versions, the unique sets that tables name, orders,
 * isolation until commit), but is no database: strings sort by code unit, raw SQL and foreign keys do not exist, pages
 * and unique sets look at every row, and a write never waits for another unit: the later commit fails instead.
 *
 * @example const store = createMemoryRows(); const unit = store.begin(); // … work with unit.rows, then unit.commit()
 */
export function createMemoryRows(): MemoryRows {
  const committed: Tables = new Map();
  const begin = (): MemoryUnit => {
    const state: MemoryState = { committed, touched: new Map() };
    return { rows: memoryRowSource(state), commit: () => commit(state), rollback: () => state.touched.clear() };
  };
  const reader = memoryRowSource({ committed, touched: new Map() });
  return { rows: committingSource(reader, begin), begin };
}

/** Each write a unit of its own. Nothing is awaited between its work and its commit that another call could use. */
function committingSource(reader: RowSource, begin: () => MemoryUnit): RowSource {
  const alone = async <T>(work: (rows: RowSource) => Promise<T>): Promise<T> => {
    const unit = begin();
    const result = await work(unit.rows);
    unit.commit();
    return result;
  };
  return {
    find: (table, key) => reader.find(table, key), // a lock would end with it
    page: reader.page,
    insert: (table, row) => alone((rows) => rows.insert(table, row)),
    update: (table, key, changes, version) => alone((rows) => rows.update(table, key, changes, version)),
    remove: (table, key, version) => alone((rows) => rows.remove(table, key, version)),
  };
}

function commit(state: MemoryState): void {
  try {
    refuseConflicts(state);
    for (const [table, touched] of state.touched) {
      const rows = committedRows(state, table);
      for (const [key, { now }] of touched) {
        if (now === undefined) rows.delete(key);
        else rows.set(key, now);
      }
    }
  } finally {
    state.touched.clear();
  }
}

function refuseConflicts(state: MemoryState): void {
  for (const [table, touched] of state.touched) {
    for (const [key, { before, now }] of touched) {
      const changed = committedRows(state, table).get(key) !== before;
      if (changed || (now !== undefined && brokenUnique(state, table, key, now) !== undefined))
        throw new DatabaseError("conflict", `${table.name}: a concurrent unit changed what this one wrote or locked`);
    }
  }
}
