// How long streams wait, in milliseconds.

/** What an operator or a test may set. */
export interface StreamTimes {
  /** Where nothing else was sent for so long, a heartbeat is. */
  readonly heartbeat: number;
  /** How long a client may take to read what was written to it. */
  readonly patience: number;
  /** How long after a handler began a stream is opened that has sent nothing: until then an error is a real status. */
  readonly openAfter: number;
}

/** What holds where nothing is said. The heartbeat is well under the 60 s after which common proxies cut. */
export const streamTimes: StreamTimes = { heartbeat: 15_000, patience: 30_000, openAfter: 250 };
