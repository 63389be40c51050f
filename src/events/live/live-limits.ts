// How much live readers hold, and how far they may fall behind.

/** Sizes are of data as JSON, in bytes. */
export interface LiveLimits {
  /**
   * The newest events of a key that are kept at hand for all who follow it. What is older is read from the outbox. All
   * that one statement gives must find its place here, or each who waited for it has to read it for himself.
   */
  readonly recentEvents: number;
  readonly recentBytes: number;
  /** What is at hand of all keys together; beyond that, the keys longest without news keep nothing. */
  readonly totalBytes: number;
  /** Events of a key that one statement gives. */
  readonly pageEvents: number;
  /** Events that who had reached the present may fall behind before he is cut off. */
  readonly mostBehind: number;
}

/** What a process can hold for thousands of keys and subscribers. */
export const defaultLimits: LiveLimits = {
  recentEvents: 256,
  recentBytes: 2 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
  pageEvents: 100,
  mostBehind: 10_000,
};

/** The most bytes of data that one statement gives; the event that goes over it is still given. */
export const statementBytes = 1024 * 1024;

/** The same of a page of the past: every reader may hold one. */
export const pageBytes = 128 * 1024;
