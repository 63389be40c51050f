// Where log lines go: gathered in memory, written in blocks, and never lost when the process ends by itself.

import { pino } from "pino";
import { prettyFactory } from "pino-pretty";

/** A sink of whole lines. */
export interface LogDestination {
  write(line: string): void;
  /** Hands everything written so far to the operating system before it returns. */
  flush(): void;
  /** Flushes; nothing may be written afterwards. */
  close(): void;
}

/** A file descriptor, a file's path, or a sink of the caller's own (for tests). */
export type LogTarget = number | string | { write(line: string): void };

const blockLength = 8192;
const flushMillis = 100;

const open = new Set<LogDestination>();
let watching = false;

/**
 * Opens a destination. Lines leave in blocks of 8 KiB or after 100 ms, whichever is first; with `pretty` each one
 * leaves at once, made readable for people.
 * Guarantee: lines written before `process.exit`, before the end of the event loop or before a crash by an exception
 * are written. Only a kill or a loss of power can take the lines of the last 100 ms.
 */
export function openLogDestination(target: LogTarget, pretty: boolean): LogDestination {
  const sink = typeof target === "object" ? unbuffered(target) : blocks(target, pretty ? 0 : blockLength);
  const destination = pretty ? readable(sink, target) : sink;
  open.add(destination);
  if (!watching) process.on("exit", flushAll);
  watching = true;
  return {
    write: (line) => destination.write(line),
    flush: () => destination.flush(),
    close() {
      open.delete(destination);
      destination.close();
    },
  };
}

function flushAll(): void {
  for (const destination of open) destination.flush();
}

function unbuffered(target: { write(line: string): void }): LogDestination {
  return { write: (line) => target.write(line), flush() {}, close() {} };
}

/**
 * Writes synchronously: a block costs less than its hop to another thread, and the exit needs no waiting. Lines are
 * gathered here because pino's own buffer measures all that it holds again at every line.
 */
function blocks(dest: number | string, blockLength: number): LogDestination {
  const file = pino.destination({ dest, sync: true, ...(typeof dest === "string" ? { mkdir: true } : {}) });
  let gathered = "";
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    if (gathered === "") return;
    const block = gathered;
    gathered = ""; // first: what cannot be written is not tried again with every later line
    file.write(block);
  };
  const flush = (): void => {
    timer = undefined;
    write();
  };
  return {
    write(line) {
      gathered += line;
      if (gathered.length >= blockLength) write();
      else timer ??= setTimeout(flush, flushMillis).unref();
    },
    flush: write,
    close() {
      clearTimeout(timer);
      write();
      if (typeof dest === "string") file.end();
    },
  };
}

function readable(sink: LogDestination, target: LogTarget): LogDestination {
  const colour = typeof target === "number" && process.env.NO_COLOR === undefined;
  const pretty = prettyFactory({
    colorize: colour,
    ignore: "pid,app",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  return { ...sink, write: (line) => sink.write(pretty(line)) };
}
