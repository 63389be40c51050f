// What a log line and a span say about an error: its whole cause chain, and nothing that a driver adds about rows.

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { isAppError } from "../core/app-error.ts";

/** An error as a log line holds it. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** Facts that the error carries beside its message: a driver's code, a table, a system call. Never row values. */
  readonly facts?: Readonly<Record<string, string | number>>;
  readonly cause?: ErrorRecord;
  /** Of an AggregateError, the first five. */
  readonly errors?: readonly ErrorRecord[];
}

/** What drivers and Node attach that helps and holds no user's data; PostgreSQL's `detail` and `where` quote rows. */
const factNames = [
  "code",
  "reason",
  "errno",
  "syscall",
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
] as const;
const deepest = 8;

/**
 * The record of anything thrown, with its causes. Guarantee: never throws, is finite also for a chain that leads back
 * to itself, and holds no password of an address (`scheme://user:password@host`).
 */
export function errorRecord(thrown: unknown, depth = 0): ErrorRecord {
  try {
    return thrown instanceof Error ? recordOf(thrown, depth) : { type: typeof thrown, message: printable(thrown) };
  } catch {
    return { type: "unprintable", message: "what was thrown cannot be printed" };
  }
}

function recordOf(error: Error, depth: number): ErrorRecord {
  const facts = factsOf(error);
  const goesOn = depth < deepest;
  return {
    type: error.name,
    message: maskAddresses(error.message),
    ...(error.stack === undefined ? {} : { stack: maskAddresses(error.stack) }),
    ...(facts === undefined ? {} : { facts }),
    ...(goesOn && error.cause !== undefined ? { cause: errorRecord(error.cause, depth + 1) } : {}),
    ...(goesOn && error instanceof AggregateError
      ? { errors: error.errors.slice(0, 5).map((inner) => errorRecord(inner, depth + 4)) }
      : {}),
  };
}

function factsOf(error: Error): Record<string, string | number> | undefined {
  const facts: Record<string, string | number> = {};
  for (const name of factNames) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "number" || (typeof value === "string" && value.length <= 200)) facts[name] = value;
  }
  return Object.keys(facts).length === 0 ? undefined : facts;
}

function printable(thrown: unknown): string {
  return maskAddresses(typeof thrown === "object" ? Object.prototype.toString.call(thrown) : String(thrown));
}

/** Takes the password out of every address of the form `scheme://user:password@host`. */
export function maskAddresses(text: string): string {
  return text.includes("://") ? text.replace(/(\w:\/\/[^\s:/@]*):[^\s/]*@/g, "$1:[redacted]@") : text;
}

/** The innermost cause: what really went wrong. */
export function rootCause(thrown: unknown): unknown {
  let root = thrown;
  for (let depth = 0; depth < deepest && root instanceof Error && root.cause !== undefined; depth++) root = root.cause;
  return root;
}

/**
 * Twelve hex digits that are equal for two occurrences of the same defect: made of the root cause's type, its code and
 * the functions and files it came through, not of its message or of line numbers, which change with data and releases.
 */
export function errorFingerprint(thrown: unknown): string {
  const root = rootCause(thrown);
  const parts =
    root instanceof Error ? [root.name, factsOf(root)?.code ?? "", ...framesOf(root)] : [typeof root, printable(root)];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}

/** The five innermost frames as `function file`; an AppError's own reason stands for its message. */
function framesOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const frames = lines.slice(0, 5).map((line) => {
    const match = /^\s+at (?:(.*?) \()?(.*?)(?::\d+)*\)?$/.exec(line);
    return `${match?.[1] ?? ""} ${basename(match?.[2] ?? "")}`;
  });
  return isAppError(error) ? [error.reason, ...frames] : frames;
}
