// What clients saw, in the words of the checker. Times are milliseconds of one monotonic clock: that of the test's process.

/** The two processes of the service. */
export const processNames = ["one", "two"] as const;

/** One of them. */
export type ProcessName = (typeof processNames)[number];

/** A version of a row, with the text that names the write that made it. */
export interface Version {
  readonly row: string;
  readonly version: number;
  readonly text: string;
}

/** What every call has. */
interface Told {
  readonly process: ProcessName;
  readonly road: "http" | "grpc";
  readonly begun: number;
  readonly ended: number;
  /** Of a failed call; undefined for one that was answered. */
  readonly failure: Failure | undefined;
}

/** What a failed call was told. */
export interface Failure {
  readonly code: string;
  readonly reason: string;
}

/** A query. */
export interface Read extends Told {
  readonly kind: "read";
  readonly seen: readonly Version[];
  /** For a list: all rows of this set that are newer than its last one are in it; all that there are, if it is not full. */
  readonly list?: { readonly set: string; readonly isFull: boolean } | undefined;
}

/** A command that changes a row which it names, from one version to the next, or makes one. */
export interface Write extends Told {
  readonly kind: "write";
  /** What the command wrote, and no other one did. */
  readonly text: string;
  /** The version that it was to change; undefined for a new row. */
  readonly base: { readonly row: string; readonly version: number } | undefined;
  /** The set that a new row is in. */
  readonly set?: string | undefined;
  /** The whole answer; undefined for a failure. */
  readonly answer: Version | undefined;
  /** As text, for comparing. */
  readonly body: string | undefined;
  /** Calls with one key are one command. */
  readonly key?: string | undefined;
  /** The bucket that the call was charged to, where the test looks at it. */
  readonly bucket?: string | undefined;
}

/** All that was done. */
export type Operation = Read | Write;

/** A fault of the surroundings. `until`: when it was over. */
export interface Fault {
  readonly name: string;
  readonly from: number;
  readonly until: number;
  /** The processes that lost the store, or what it counted. */
  readonly lost: readonly ProcessName[];
}

/** The versions of every row, in the order in which the database committed them: the truth. */
export type Truth = ReadonlyMap<string, readonly Version[]>;

/** Whether a failed command may have taken effect all the same. */
export function isUnknown({ reason }: Failure): boolean {
  return reason === "OUTCOME_UNKNOWN" || reason === "NO_ANSWER";
}
