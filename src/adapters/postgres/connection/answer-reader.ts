// Reads what the server answers to a statement: rows by their columns, then the command that it was.

import type { Row } from "../../../database/statement.ts";
import { type Decoder, decoderOf } from "../values/decode.ts";
import type { Answer } from "./connection.ts";

/** Makes rows of the bytes of their messages. */
export class Columns {
  readonly #names: readonly string[];
  readonly #decoders: readonly Decoder[];
  /** Copied for each row, so that all have the same hidden class. */
  readonly #empty: Row;

  constructor(names: readonly string[], types: readonly number[]) {
    this.#names = names;
    this.#decoders = types.map(decoderOf);
    this.#empty = Object.fromEntries(names.map((name) => [name, null]));
  }

  /** The row whose message's content begins at `start`. Throws RangeError where JSON cannot carry a value. */
  row(bytes: Buffer, start: number): Row {
    const row: Record<string, unknown> = { ...this.#empty };
    const names = this.#names;
    const decoders = this.#decoders;
    let at = start + 2; // there are as many values as columns
    for (let index = 0; index < names.length; index++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0) continue; // NULL
      row[names[index] as string] = (decoders[index] as Decoder)(bytes.toString("utf8", at, at + length));
      at += length;
    }
    return row;
  }
}

/** Bytes of a column's description after its name; of its type in them. */
const description = { length: 18, typeAt: 6 };

/** The columns of a row description, whose message's content begins at `start`. */
export function columnsFromBytes(bytes: Buffer, start: number): Columns {
  const names: string[] = [];
  const types: number[] = [];
  let at = start + 2;
  for (let left = bytes.readUInt16BE(start); left > 0; left--) {
    const end = bytes.indexOf(0, at);
    names.push(bytes.toString("utf8", at, end));
    types.push(bytes.readUInt32BE(end + 1 + description.typeAt));
    at = end + 1 + description.length;
  }
  return new Columns(names, types);
}

/** Of an answer without rows. */
const noColumns = new Columns([], []);
/** Of a text without a statement in it. */
const nothing: Answer = { rows: [], rowCount: 0, command: "" };

/** The answer to one text, which may hold several commands: the last one's counts. */
export class AnswerReader {
  columns = noColumns;
  /** Why there is no answer: what the server refused, or a row that could not be read. The first counts. */
  failure: unknown;
  answer = nothing;
  /** Whether the server has run it to its end. */
  isComplete = false;
  #rows: Row[] = [];

  row(bytes: Buffer, start: number): void {
    if (this.failure !== undefined) return;
    try {
      this.#rows.push(this.columns.row(bytes, start));
    } catch (error) {
      this.failure = error;
    }
  }

  /** `tag`: `SELECT 20`, `INSERT 0 1`, `COMMIT`; of a text without a statement in it empty. */
  complete(tag: string): void {
    this.isComplete = true;
    const end = tag.indexOf(" ");
    const count = Number(tag.slice(tag.lastIndexOf(" ") + 1));
    const command = end === -1 ? tag : tag.slice(0, end);
    this.answer = { rows: this.#rows, rowCount: Number.isNaN(count) ? 0 : count, command };
    this.#rows = [];
  }
}
