// What the command line is made of: filled by the composition root.

import type { Registry } from "../../contract/registry.ts";
import type { Caller } from "../../pipeline/call.ts";

/** A stream that the program writes to. */
export interface OutputStream {
  /** `done` is called when the text was handed over, or could not be. */
  write(text: string, done?: (error?: Error | null) => void): unknown;
  on?(event: "error", listener: () => void): unknown;
  readonly isTTY?: boolean | undefined;
}

/** What the program reads when a flag says `-`, and the items of a stream. */
export interface InputStream extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined;
  /** Ends a read that the user interrupted. */
  destroy?(): unknown;
}

/** A way to call operations, to be closed. */
export interface OpenedCaller {
  readonly caller: Caller;
  close(): Promise<void>;
}

/** What `open` is told. */
export interface OpenOptions {
  /** A running server; undefined: the app's own data, in this process or through its owner. */
  readonly url: string | undefined;
}

/** A command of the program that is not an operation. */
export interface ProgramCommand {
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** Resolves with the exit code. */
  run(): Promise<number>;
}

/** How to make the program. */
export interface ProgramOptions {
  readonly registry: Registry;
  /** The app's own version: what `<app> version` prints. */
  readonly version: string;
  /** Called once a command's input is known to be readable. May throw SetupError, which is printed as it is. */
  open(options: OpenOptions): Promise<OpenedCaller>;
  /** Read are `<APP>_TOKEN`, `NO_COLOR`, `TERM`, `XDG_CONFIG_HOME` and `HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether `stdout` is read by a person: tables instead of tab-separated lines. */
  readonly isTerminal: boolean;
  /** Aborts when the user interrupts: the call is cancelled and the exit code is 130. */
  readonly signal?: AbortSignal | undefined;
  readonly commands?: readonly ProgramCommand[];
}

/** The app as a program. */
export interface Program {
  /** Runs one command line, without the names of the runtime and the script. Never rejects; resolves with the exit code. */
  run(args: readonly string[]): Promise<number>;
}
