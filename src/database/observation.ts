// What an adapter tells about its work: for spans and slow statements, and for tests that count round trips.

/**
 * One thing that a database did. Called in the async context of whoever ran the statement, so that spans find their
 * parent. Never holds a value of a statement.
 * - `wait`: statements were sent while no answer was due: one round trip begins. What is sent before the last answer
 *   has come shares it.
 * - `statement`: a statement (BEGIN, COMMIT and ROLLBACK too) was answered or failed. Times are in milliseconds.
 */
export type DatabaseObservation =
  | { readonly kind: "wait" }
  | {
      readonly kind: "statement";
      readonly text: string;
      /** Since the epoch. */
      readonly startedAt: number;
      readonly duration: number;
      readonly rowCount: number | undefined;
      readonly error: Error | undefined;
    };

/** Told of every observation. Must not throw. Left out, it costs nothing. */
export type DatabaseObserver = (observation: DatabaseObservation) => void;
