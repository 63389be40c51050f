// Events as they happen: what `ctx.live` stands on. Implemented over the outbox by live-hub.ts.

/** Follows keys of streams. */
export interface LiveEvents {
  /**
   * Begins to follow a key. What it holds is let go of when the iteration is left, or `signal` aborts.
   * Throws Error for a key that no event can have.
   */
  follow(options: FollowOptions): LiveSubscription;
}

/** What to follow. */
export interface FollowOptions {
  readonly stream: string;
  readonly key: string;
  /** The cursor of the last event that was seen; undefined: from now on. `"0"`: from the first event that is kept. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The events of one key, in order, without a gap and without a repeat, over the seam between past and present too. Read
 * by one reader. Throws AppError: INVALID_CURSOR for a cursor that no event had, CURSOR_EXPIRED where what follows it is
 * no longer kept, SLOW_CONSUMER for a reader who, having been at the present, fell too far behind (the cursor of the last
 * event resumes), SHUTTING_DOWN, and the signal's reason. While the database is away it waits.
 */
export interface LiveSubscription extends AsyncIterableIterator<LiveEvent, undefined> {
  /** Fulfilled when it is settled where it begins: every event that is emitted after that will be seen. Never rejects. */
  readonly ready: Promise<void>;
  /** It has ended or was left: it holds nothing any more. */
  readonly isOver: boolean;
  /** Leaves it: nothing is kept for it any more. A `next` that waits comes to the end. */
  return(): Promise<IteratorResult<LiveEvent, undefined>>;
}

/** An event, as it is followed. All who follow a key are given the same object, which nobody changes. */
export interface LiveEvent {
  readonly cursor: string;
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** When it was emitted. RFC 3339. */
  readonly time: string;
  readonly data: unknown;
}
