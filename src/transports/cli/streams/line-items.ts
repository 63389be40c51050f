// The items of a stream as they stand on the standard input: one JSON object on each line, read only when asked for.

import { type AppError, isAppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";
import { type JsonLine, JsonLines } from "../../../core/flow/json-lines.ts";
import { inputLimit } from "../input-text.ts";
import type { InputStream } from "../options.ts";

type Item = IteratorResult<unknown, undefined>;

const done: Item = { done: true, value: undefined };

/**
 * Reads items, in order. In the place of a line that holds no item stands the AppError that names it: see `JsonLines`.
 * Rejects with MALFORMED_BODY where nothing more can be read. No more is kept than one line and what the stream gave in
 * one piece.
 */
export class LineItems implements AsyncIterator<unknown, undefined> {
  readonly #stdin: InputStream;
  readonly #lines = new JsonLines(inputLimit);
  #chunks: AsyncIterator<string | Uint8Array> | undefined;
  #isEnded = false;
  #isClosed = false;
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
      if (this.#isClosed) return done;
      const line = this.#lines.next();
      if (line !== undefined) return this.#itemOf(line);
      if (this.#isEnded) return done;
      await this.#fill();
    }
  }

  /** Ends the reading, also one that waits. Idempotent. */
  async return(): Promise<Item> {
    if (!this.#isClosed) {
      this.#isClosed = true;
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

  #itemOf({ value, number }: JsonLine): Item {
    if (number > this.#line + 1) this.#countBeforeBlank = Math.min(this.#countBeforeBlank, this.#count);
    this.#line = number;
    this.#count++;
    if (isAppError(value)) this.#firstError ??= value;
    return { done: false, value };
  }

  /** Reads on. */
  async #fill(): Promise<void> {
    this.#chunks ??= this.#stdin[Symbol.asyncIterator]();
    try {
      const { done: isDone, value } = await this.#chunks.next();
      if (isDone !== true) return this.#lines.push(bytesOf(value));
    } catch (error) {
      if (!this.#isClosed) throw unreadable(error);
    }
    this.#isEnded = true;
    this.#lines.end();
  }
}

function bytesOf(piece: string | Uint8Array): Buffer {
  return typeof piece === "string" ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  return appError("MALFORMED_BODY", { message: `The standard input cannot be read (${error.code})`, cause: error });
}
