// The standard streams as the two ends of a stream's call: items come from stdin, answers go to stdout.

import { type Operation, sendsMany, takesMany } from "../../../contract/operation.ts";
import type { AppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import type { CallRequest } from "../../../pipeline/call.ts";
import type { ProgramOptions } from "../options.ts";
import { writeWhileRead } from "../output/outlet.ts";
import { answerText, type OutputForm } from "../output/output.ts";
import { LineItems } from "./line-items.ts";

/** The ends of one call. */
export interface StreamEnds {
  /** What the call is given beside all that other calls are given. */
  readonly request: Pick<CallRequest, "items" | "send" | "signal">;
  /** Whether whoever read the answers has gone: nobody wants the rest, and that is no error. */
  readonly isUnread: boolean;
  /** Where the last answer said that the stream can be resumed. */
  readonly cursor: string | undefined;
  /**
   * The error that is shown for an outcome's. Over a wire an unreadable line is only known not to be readable: why, and
   * where it stands, is known here.
   */
  shown(error: AppError): AppError;
  /** Where on the standard input a violation's path leads: `items[3].body` is `line 4, body`. */
  placeOf(path: string): string | undefined;
  /** What to do about an error, where the catalogue speaks of calls that are no streams; empty: nothing. */
  hintFor(error: AppError): string | undefined;
  /** Leaves the standard input. Throws what writing an answer threw. */
  close(): void;
}

/**
 * Makes the ends. The next answer is taken when the one before was handed over; when it cannot be, the call is cancelled.
 */
export function createStreamEnds(contract: Operation, options: ProgramOptions, form: OutputForm): StreamEnds {
  const { stdin, stdout, signal } = options;
  const items = takesMany(contract) ? new LineItems(stdin) : undefined;
  const left = new AbortController();
  let isUnread = false;
  let failure: { readonly error: unknown } | undefined;
  let cursor: string | undefined;

  async function send(answer: unknown): Promise<void> {
    try {
      isUnread ||= !(await writeWhileRead(stdout, answerText(contract, answer, form)));
    } catch (error) {
      failure ??= { error };
    }
    if (isUnread || failure !== undefined) {
      left.abort();
      throw appError("CANCELLED");
    }
    cursor = cursorOf(answer) ?? cursor;
  }

  return {
    request: {
      ...(items === undefined ? {} : { items }),
      ...(sendsMany(contract) ? { send } : {}),
      signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
    },
    get isUnread() {
      return isUnread;
    },
    get cursor() {
      return cursor;
    },
    shown: (error) => (unreadable.includes(error.reason) ? (items?.firstError ?? error) : error),
    placeOf: (path) => (items === undefined ? undefined : placeOf(path, items)),
    hintFor({ reason }) {
      if (reason === "CANCELLED") return ""; // what a stream did before stays done
      const isItem = items?.hasBegun === true && reason === "MALFORMED_BODY";
      return isItem ? "Give one JSON object in UTF-8 on each line." : undefined;
    },
    close() {
      void items?.return();
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** What a server says of an item that it cannot read. */
const unreadable = ["MALFORMED_BODY", "MALFORMED_MESSAGE"];

function placeOf(path: string, items: LineItems): string | undefined {
  const [, index, field] = /^items\[(\d+)\](?:\.(.*))?$/s.exec(path) ?? [];
  const line = index === undefined ? undefined : items.lineOf(Number(index));
  if (line === undefined) return undefined;
  return field === undefined ? `line ${line}` : `line ${line}, ${field}`;
}

function cursorOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("cursor" in answer)) return undefined;
  return typeof answer.cursor === "string" ? answer.cursor : undefined;
}
