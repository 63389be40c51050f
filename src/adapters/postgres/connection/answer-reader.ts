// Reads what the server answers to a statement: rows by their columns, then the command that it was.

import type { Row } from "../../../database/statement.ts";
import { type Decoder, decoderOf } from "../values/decode.ts";
import type { Answer } from "./connection.ts";

/** A column as the server describes it. */
export interface ColumnDescription {
  readonly name: string;
  readonly dataTypeID: number;
}

/** A row as it comes: the text of each column. */
export type RowTexts = readonly (string | null)[];

/** Makes rows. */
export class Columns {
  readonly #names: readonly string[];
  readonly #decoders: readonly Decoder[];
  /** Copied for each row, so that all have the same hidden class. */
  readonly #empty: Row;

  constructor(descriptions: readonly ColumnDescription[]) {
    this.#names = descriptions.map(({ name }) => name);
    this.#decoders = descriptions.map(({ dataTypeID }) => decoderOf(dataTypeID));
    this.#empty = Object.fromEntries(this.#names.map((name) => [name, null]));
  }

  /** Throws RangeError where JSON cannot carry a value. */
  row(texts: RowTexts): Row {
    const row: Record<string, unknown> = { ...this.#empty };
    const names = this.#names;
    const decoders = this.#decoders;
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index] as string | null; // there are as many names and decoders as texts
      if (text !== null) row[names[index] as string] = (decoders[index] as Decoder)(text);
    }
    return row;
  }
}

/** Of an answer without rows. */
const noColumns = new Columns([]);
/** Of a text without a statement in it. */
const nothing: Answer = { rows: [], rowCount: 0, command: "" };

/** The answer to one text, which may hold several commands: the last one's counts. */
export class AnswerReader {
  columns = noColumns;
  /** Why a row could not be read. What comes after it is not looked at. */
  failure: unknown;
  answer = nothing;
  #rows: Row[] = [];

  row(texts: RowTexts): void {
    if (this.failure !== undefined) return;
    try {
      this.#rows.push(this.columns.row(texts));
    } catch (error) {
      this.failure = error;
    }
  }

  /** `tag`: `SELECT 20`, `INSERT 0 1`, `COMMIT`. */
  complete(tag: string): void {
    const end = tag.indexOf(" ");
    const count = Number(tag.slice(tag.lastIndexOf(" ") + 1));
    const command = end === -1 ? tag : tag.slice(0, end);
    this.answer = { rows: this.#rows, rowCount: Number.isNaN(count) ? 0 : count, command };
    this.#rows = [];
  }
}
