// What the model knows at one moment: the database, the store, every writer and reader, and what has been promised to
// clients so far. States are never changed, only copied.
//
// A row's version is the number of the COMMIT that wrote it (0: before all of them), so that "older" is "less". Row r
// has tag r. All reads are of one query over all rows, so there is one entry.

/** A version for each row. */
export type Versions = readonly number[];

/** A set of rows or of their tags: bit r for row r. */
export type Rows = number;

/** A set of tokens: bit t for token t. */
export type Tokens = number;

/** Everything in one moment. */
export interface State {
  readonly rows: Versions;
  /** What each COMMIT wrote, in commit order. */
  readonly commits: readonly Rows[];
  readonly store: CacheStore;
  /** The store as it was saved to disk, if a restore of it may still come. */
  readonly saved: CacheStore | undefined;
  readonly writers: readonly Writer[];
  readonly readers: readonly Reader[];
  /** The newest versions whose write was acknowledged. */
  readonly acknowledged: Versions;
  /** The newest versions that a completed read returned. */
  readonly observed: Versions;
  readonly wipesLeft: number;
  readonly restoresLeft: number;
}

/** The store's state, as in src/store/store.ts. */
export interface CacheStore {
  readonly clock: number;
  readonly floor: number;
  /** Names the life of the store: a number that no life before it had. */
  readonly boot: number;
  /** Just born: nothing is served and nothing kept. */
  readonly closed: boolean;
  /** Per tag; 0 if never, or forgotten. */
  readonly invalidated: readonly number[];
  /** Per tag: tokens of writers about to commit. */
  readonly fences: readonly Tokens[];
  readonly entry: Entry | undefined;
}

/** The clock and the boot as they were before a load. */
export interface Lease {
  readonly clock: number;
  readonly boot: number;
}

/** What is kept for later reads. */
export interface Entry {
  readonly lease: Lease;
  readonly tags: Rows;
  readonly values: Versions;
}

/** One write: its rows are in the configuration. */
export interface Writer {
  /** Index of its next move (steps/write-path.ts). */
  readonly next: number;
  readonly attempt: number;
  /** Tags that this attempt has fenced. */
  readonly fenced: Rows;
  /** The store forgot a fence of this attempt, which has not ended. */
  readonly lostFence: boolean;
  /** Tokens of attempts rolled back whose unfence is still on its way. */
  readonly lateUnfences: Tokens;
  /** The version that it committed; 0 before. */
  readonly version: number;
  /** The relay has worked off its durable invalidation row. */
  readonly relayed: boolean;
}

/**
 * One read. `missed`: it will load. `half`: it has loaded the first row (only in the protocol without one snapshot).
 * `loaded`: it has answered and may yet fill. `joined`: it waits for another reader's load.
 */
export interface Reader {
  readonly phase: "idle" | "missed" | "half" | "loaded" | "joined" | "done";
  readonly lease: Lease | undefined;
  readonly values: Versions;
  /** The reader whose load it waits for. */
  readonly leader: number;
}

/** A reader that has not begun. */
export const idleReader: Reader = { phase: "idle", lease: undefined, values: [], leader: 0 };

/** A reader that will do nothing more. */
export const doneReader: Reader = { ...idleReader, phase: "done" };

/** A copy of a list with one item replaced. */
export function replaced<T>(list: readonly T[], index: number, item: T): T[] {
  const copy = list.slice();
  copy[index] = item;
  return copy;
}

/** Whether the set has the member. */
export function has(set: Rows | Tokens, member: number): boolean {
  return ((set >> member) & 1) === 1;
}
