// The items of a stream as they stand on the standard input: one JSON object on each line, read only when asked for.

import { isUtf8 } from "node:buffer";
import { type AppError, isAppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import { inputLimit } from "../input-text.ts";
import type { InputStream } from "../options.ts";

type Item = IteratorResult<unknown, undefined>;

const lineEnd = 10;
const empty = Buffer.alloc(0);
const done: Item = { done: true, value: undefined };

/**
 * Reads items, in order. Blank lines are passed over, a last line needs no end. In the place of a line that holds no
 * item stands the AppError that names it: MALFORMED_BODY for what is not UTF-8 or not JSON, BODY_TOO_LARGE above 1 MiB;
 * the lines after it are read all the same. Rejects with MALFORMED_BODY where nothing more can be read. No more is kept
 * than one line and what the stream gave in one piece.
 */
export class LineItems implements AsyncIterator<unknown, undefined> {
  readonly #stdin: InputStream;
  #chunks: AsyncIterator<string | Uint8Array> | undefined;
  /** Read, and not yet cut into lines. */
  #rest: Buffer = empty;
  /** The line that is being read. */
  #parts: Buffer[] = [];
  #size = 0;
  /** The rest of a line that was too large is passed over. */
  #skipping = false;
  #closed = false;
  /** Of the line that was read last, from 1. */
  #line = 0;
  /** Items that were given. */
  #count = 0;
  #firstError: AppError | undefined;
  /** Items that stand before the first blank line. */
  #countBeforeBlank = Number.POSITIVE_INFINITY;

  constructor(stdin: InputStream) {
    this.#stdin = stdin;
  }

  /** What stood in the place of the first line that held no item. */
  get firstError(): AppError | undefined {
    return this.#firstError;
  }

  /** Whether anything was asked for. */
  get hasBegun(): boolean {
    return this.#chunks !== undefined;
  }

  async next(): Promise<Item> {
    for (;;) {
      const line = await this.#nextLine();
      if (line === undefined || this.#closed) return done;
      if (isBlank(line)) {
        this.#countBeforeBlank = Math.min(this.#countBeforeBlank, this.#count);
        continue;
      }
      this.#count++;
      const value = itemFrom(line, this.#line);
      if (isAppError(value)) this.#firstError ??= value;
      return { done: false, value };
    }
  }

  /** Ends the reading, also one that waits. Idempotent. */
  async return(): Promise<Item> {
    if (!this.#closed) {
      this.#closed = true;
      // An iterator that waits would only end with what it waits for.
      if (this.#stdin.destroy !== undefined) this.#stdin.destroy();
      else this.#chunks?.return?.().catch(() => undefined); // left alone, it has nobody to tell
    }
    return done;
  }

  /** The line, from 1, that an item stands on, by the item's index from 0; undefined where that is no longer known. */
  lineOf(index: number): number | undefined {
    if (index < this.#countBeforeBlank) return index + 1;
    return index === this.#count - 1 ? this.#line : undefined;
  }

  /** A line without its end, or why there is none; undefined after the last. */
  async #nextLine(): Promise<Buffer | Error | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(lineEnd);
      this.#take(end < 0 ? this.#rest : this.#rest.subarray(0, end));
      this.#rest = end < 0 ? empty : this.#rest.subarray(end + 1);
      if (this.#size > inputLimit) {
        this.#wholeLine();
        this.#skipping = end < 0;
        return appError("BODY_TOO_LARGE", { message: `Line ${this.#line} is larger than the limit` });
      }
      const isRest = this.#skipping && end >= 0;
      if (isRest) this.#skipping = false;
      else if (end >= 0) return this.#wholeLine();
      else if (!(await this.#fill())) return this.#size === 0 ? undefined : this.#wholeLine();
    }
  }

  #take(piece: Buffer): void {
    if (this.#skipping || piece.length === 0) return;
    this.#parts.push(piece);
    this.#size += piece.length;
  }

  #wholeLine(): Buffer {
    const [first = empty] = this.#parts;
    const line = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first;
    this.#parts = [];
    this.#size = 0;
    this.#line++;
    return line;
  }

  /** Reads on; false: there is no more. */
  async #fill(): Promise<boolean> {
    this.#chunks ??= this.#stdin[Symbol.asyncIterator]();
    try {
      const { done: isDone, value } = await this.#chunks.next();
      if (isDone === true || this.#closed) return false;
      this.#rest =
        typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      if (!(error instanceof Error && "code" in error)) throw error;
      throw appError("MALFORMED_BODY", { message: `The standard input cannot be read (${error.code})`, cause: error });
    }
  }
}

function isBlank(line: Buffer | Error): boolean {
  return line instanceof Buffer && line.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

function itemFrom(line: Buffer | Error, number: number): unknown {
  if (line instanceof Error) return line;
  if (!isUtf8(line)) return appError("MALFORMED_BODY", { message: `Line ${number} is not valid UTF-8` });
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return appError("MALFORMED_BODY", { message: `Line ${number} is not valid JSON` });
  }
}
