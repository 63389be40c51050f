// Bytes as lines of JSON (NDJSON): what streams carry over HTTP and standard input. Reads nothing by itself.

import { isUtf8 } from "node:buffer";
import { appError } from "../catalogue.ts";

const lineEnd = 10;
const empty = Buffer.alloc(0);
/** Pieces in which a line is kept. */
const mostParts = 256;

/** A line, or why it is none. */
export interface JsonLine {
  /** What the line holds; the AppError that names the line where it holds no JSON. */
  readonly value: unknown;
  /** From 1; blank lines count. */
  readonly number: number;
}

/**
 * Cuts bytes into lines. Blank lines are passed over; the last line needs no end. In the place of a line without JSON
 * stands the AppError that names it: MALFORMED_BODY for what is not UTF-8 or not JSON, BODY_TOO_LARGE above the limit;
 * the lines after it are read all the same. Keeps no more than one line and the bytes that were pushed last.
 */
export class JsonLines {
  readonly #limit: number;
  /** Pushed, and not yet cut into lines. */
  #bytes: Buffer = empty;
  #at = 0;
  /** The line that is being read, as far as it came before these bytes. */
  #parts: Buffer[] = [];
  #size = 0;
  /** The rest of a line that was too large is passed over. */
  #isSkipping = false;
  #isEnded = false;
  #number = 0;

  /** `limit`: bytes of one line. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes the bytes that follow. Only after `next` gave undefined. */
  push(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** There are no more bytes. */
  end(): void {
    this.#isEnded = true;
  }

  /** The next line; undefined where more bytes are needed, or after the last. */
  next(): JsonLine | undefined {
    for (;;) {
      const end = this.#bytes.indexOf(lineEnd, this.#at);
      if (end < 0 && !this.#isEnded) return this.#keep();
      const stop = end < 0 ? this.#bytes.length : end;
      if (end < 0 && stop === this.#at && this.#size === 0) return undefined;
      const line = this.#take(this.#bytes.subarray(this.#at, stop));
      this.#at = end < 0 ? stop : end + 1;
      if (line !== undefined) return line;
    }
  }

  /** Keeps the beginning of a line. One that is too large already is told at once, and the rest of it never kept. */
  #keep(): JsonLine | undefined {
    const piece = this.#bytes.subarray(this.#at);
    this.#bytes = empty;
    this.#at = 0;
    if (this.#isSkipping || piece.length === 0) return undefined;
    this.#parts.push(piece);
    this.#size += piece.length;
    // Each has a cost of its own, many times that of a byte.
    if (this.#parts.length === mostParts) this.#parts = [Buffer.concat(this.#parts)];
    if (this.#size <= this.#limit) return undefined;
    this.#isSkipping = true;
    return this.#tooLarge();
  }

  /** The line that ends with these bytes; undefined for the rest of one that was told, and for a blank one. */
  #take(last: Buffer): JsonLine | undefined {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return undefined;
    }
    if (this.#size + last.length > this.#limit) return this.#tooLarge();
    const line = this.#size === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#reset();
    return isBlank(line) ? undefined : { value: jsonFrom(line, this.#number), number: this.#number };
  }

  #tooLarge(): JsonLine {
    this.#reset();
    const number = this.#number;
    return { value: appError("BODY_TOO_LARGE", { message: `Line ${number} is larger than the limit` }), number };
  }

  #reset(): void {
    this.#parts = [];
    this.#size = 0;
    this.#number++;
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

function jsonFrom(line: Buffer, number: number): unknown {
  if (!isUtf8(line)) return appError("MALFORMED_BODY", { message: `Line ${number} is not valid UTF-8` });
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return appError("MALFORMED_BODY", { message: `Line ${number} is not valid JSON` });
  }
}
