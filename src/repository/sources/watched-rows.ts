// Sources that tell what is read and what is written, by tags: for the coherent cache.

import type { Row } from "../../database/statement.ts";
import type { RowSource, TableMapping } from "../row-source.ts";
import { rowTag, setTag, tableTag, touchedTags } from "../tags.ts";

/** Hears what an answer is made from. */
export interface ReadWatcher {
  depends(tag: string): void;
  /** Something was read of which no tags are known. */
  readUnnamed(): void;
}

/** Tells of every read before it is done. */
export function readWatched(source: RowSource, watcher: ReadWatcher): RowSource {
  return {
    insert: (table, row) => source.insert(table, row),
    update: (table, key, changes, expectedVersion) => source.update(table, key, changes, expectedVersion),
    remove: (table, key, expectedVersion) => source.remove(table, key, expectedVersion),
    find(table, key, lock) {
      watcher.depends(tableTag(table.name));
      watcher.depends(rowTag(table, key));
      return source.find(table, key, lock);
    },
    page(table, query) {
      watcher.depends(tableTag(table.name));
      watcher.depends(setTag(table, query.where));
      if (query.and !== undefined) watcher.readUnnamed();
      return source.page(table, query);
    },
  };
}

/**
 * Tells of every write what it touches, at the latest when its result is there; beside the statement wherever the tags
 * are known before: for an insert, and for rows that were read through this source.
 */
export function writeWatched(source: RowSource, touch: (tags: readonly string[]) => void): RowSource {
  const read = new Map<string, readonly string[]>();
  const remember = (table: TableMapping, row: Row | undefined): void => {
    if (row !== undefined) read.set(rowTag(table, row), touchedTags(table, row));
  };
  /** Tells at once if the row's partitions are known; answers whether it did. */
  const touchKnown = (table: TableMapping, key: Row): boolean => {
    const tags = table.partitions.length > 0 ? read.get(rowTag(table, key)) : touchedTags(table, key);
    if (tags !== undefined) touch(tags);
    return tags !== undefined;
  };
  return {
    page: (table, query) => source.page(table, query),
    find(table, key, lock) {
      const found = source.find(table, key, lock);
      if (table.partitions.length === 0) return found;
      return found.then((row) => {
        remember(table, row);
        return row;
      });
    },
    insert(table, row) {
      touch(touchedTags(table, row));
      return source.insert(table, row);
    },
    async update(table, key, changes, expectedVersion) {
      const told = touchKnown(table, key);
      const row = await source.update(table, key, changes, expectedVersion);
      if (!told) touch(touchedTags(table, row));
      return row;
    },
    async remove(table, key, expectedVersion) {
      const told = touchKnown(table, key);
      const row = await source.remove(table, key, expectedVersion);
      if (!told && row !== undefined) touch(touchedTags(table, row));
      return row;
    },
  };
}
