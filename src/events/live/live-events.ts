// Events as they happen: what `ctx.live` stands on.

/** Follows keys of streams. */
export interface LiveEvents {
  /**
   * The events of one key in order: those after `after` (a cursor that an earlier event had), else from now on, then
   * those that come. No gap and no repeat over the seam between past and present. Ends when `signal` aborts, with its
   * reason.
   */
  follow(options: FollowOptions): AsyncIterable<LiveEvent>;
}

/** What to follow. */
export interface FollowOptions {
  readonly stream: string;
  readonly key: string;
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

/** An event, as it is followed. */
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
