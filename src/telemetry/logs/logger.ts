// The log: structured lines on pino. Every other line passes the redaction; the pipeline's own line per call is made of
// fields that need none.

import { type Logger as Pino, pino } from "pino";
import { timestampFromMillis } from "../../core/clock.ts";
import { type LogTarget, openLogDestination } from "./log-destination.ts";
import { createRedaction, type Redact } from "./redaction.ts";

/** The levels, least important first. `silent` prints nothing. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** How important a line must be to be printed. */
export type LogLevel = (typeof logLevels)[number];

/** A level that a line can have. */
export type LineLevel = Exclude<LogLevel, "silent">;

/** Structured log lines: fields first, then the message. Never throws. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A line of fields that hold nothing sensitive and are plain JSON already: not redacted, for the hot path. */
  line(level: LineLevel, fields: object, message: string): void;
  /** A log whose lines all carry these fields. Shares level and destination with this one. */
  with(fields: object): Logger;
  /** Can be changed at any time, for this log and all made by `with`. */
  level: LogLevel;
  /** Hands all lines so far to the operating system. */
  flush(): void;
  /** Flushes and ends the log: nothing may be printed afterwards. */
  close(): void;
}

/** What `createLogger` needs to know. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** For people at a terminal, instead of JSON. */
  readonly pretty: boolean;
  /** The app's name, on every line. */
  readonly app: string;
  /** Names or dotted paths of fields never to be printed, as `sensitive` marks them. */
  readonly redact?: readonly string[];
  /** Standard output by default. */
  readonly destination?: LogTarget;
}

/**
 * Creates the log of a process. Lines are JSON with `level`, `time` (RFC 3339), `pid`, `app`, the fields and `msg`;
 * errors among the fields are printed with their stack and causes. Lines of level error leave at once.
 *
 * @example const logger = createLogger({ level: "info", pretty: false, app: "chat", redact: ["password"] });
 */
export function createLogger(options: LoggerOptions): Logger {
  const destination = openLogDestination(options.destination ?? 1, options.pretty);
  const base = { pid: process.pid, app: options.app };
  const root = pino(
    {
      // The level is decided before pino is asked, so that changing it reaches every log made by `with`.
      level: "debug",
      base,
      timestamp: lineTime,
      // Pino would fold an error's causes into one text; the record keeps them apart.
      serializers: { err: (record: unknown) => record },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const state: LogState = {
    redact: createRedaction(options.redact ?? []),
    write: (line) => destination.write(line),
    threshold: logLevels.indexOf(options.level),
    flush: () => destination.flush(),
    close: () => destination.close(),
  };
  return new PinoLogger(state, root, members(base));
}

interface LogState {
  readonly redact: Redact;
  /** The index of the level in `logLevels`. */
  threshold: number;
  write(line: string): void;
  flush(): void;
  close(): void;
}

class PinoLogger implements Logger {
  readonly #state: LogState;
  readonly #pino: Pino;
  /** What all lines of this log carry. */
  readonly #carried: string;

  constructor(state: LogState, lines: Pino, carried: string) {
    this.#state = state;
    this.#pino = lines;
    this.#carried = carried;
  }

  debug(fields: object, message: string): void {
    if (this.#state.threshold <= 0) this.#print("debug", this.#state.redact(fields), message);
  }

  info(fields: object, message: string): void {
    if (this.#state.threshold <= 1) this.#print("info", this.#state.redact(fields), message);
  }

  warn(fields: object, message: string): void {
    if (this.#state.threshold <= 2) this.#print("warn", this.#state.redact(fields), message);
  }

  error(fields: object, message: string): void {
    if (this.#state.threshold <= 3) this.#print("error", this.#state.redact(fields), message);
  }

  line(level: LineLevel, fields: object, message: string): void {
    if (this.#state.threshold > logLevels.indexOf(level)) return;
    // Put together here: what pino does for values that may be anything costs several times as much.
    const start = `{"level":"${level}"${lineTime()}${this.#carried}`;
    this.#state.write(`${start}${members(fields)},"msg":${JSON.stringify(message)}}\n`);
    if (level === "error") this.#state.flush();
  }

  #print(level: LineLevel, fields: object, message: string): void {
    this.#pino[level](fields, message);
    if (level === "error") this.#state.flush();
  }

  with(fields: object): Logger {
    const own = this.#state.redact(fields);
    return new PinoLogger(this.#state, this.#pino.child(own), this.#carried + members(own));
  }

  get level(): LogLevel {
    return logLevels[this.#state.threshold] ?? "info";
  }

  set level(level: LogLevel) {
    this.#state.threshold = logLevels.indexOf(level);
  }

  flush(): void {
    this.#state.flush();
  }

  close(): void {
    this.#state.close();
  }
}

/** The members of a JSON object, each after a comma. */
function members(fields: object): string {
  const text = JSON.stringify(fields).slice(1, -1);
  return text === "" ? "" : `,${text}`;
}

let lastMillis = 0;
let lastText = "";

/** The text of a millisecond is made once: a busy process prints many lines in each. */
function lineTime(): string {
  const now = Date.now();
  if (now !== lastMillis) {
    lastMillis = now;
    lastText = `,"time":"${timestampFromMillis(now)}"`;
  }
  return lastText;
}
