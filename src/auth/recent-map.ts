// A bounded map that forgets what was not asked for lately.

/** Remembers values by text. */
export interface RecentMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  readonly size: number;
}

/**
 * Creates a map of at most `capacity` entries in two generations: what is asked for moves to the young one; when that is
 * full it becomes the old one, and the old one is dropped. So an entry asked for within the last `capacity / 2` others
 * is kept, and a look-up costs no reordering.
 */
export function createRecentMap<V>(capacity: number): RecentMap<V> {
  const generation = Math.max(1, Math.floor(capacity / 2));
  let young = new Map<string, V>();
  let old = new Map<string, V>();

  const set = (key: string, value: V): void => {
    if (young.size >= generation && !young.has(key)) {
      old = young;
      young = new Map();
    }
    old.delete(key);
    young.set(key, value);
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
    get size() {
      return young.size + old.size;
    },
  };
}
