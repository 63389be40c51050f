// A statement as the driver runs it. Before a connection has prepared it, it is sent as the driver's own; after that it
// is one message without a description of its rows, which the connection remembers.

import type pg from "pg";
import type { Statement } from "../../../database/statement.ts";
import { encodeValues } from "../values/encode.ts";
import { AnswerReader, type ColumnDescription, Columns, type RowTexts } from "./answer-reader.ts";
import type { Settle } from "./connection.ts";
import { type Outbound, type PreparedHead, preparedHead } from "./outbound.ts";

/** What a connection remembers of a statement that it has prepared. The server refuses it once its rows look different. */
interface Prepared {
  readonly text: string;
  readonly parameters: number;
  readonly head: PreparedHead;
  readonly columns: Columns;
}

/** What the statements of one connection share. */
export interface StatementChannel {
  readonly outbound: Outbound;
  readonly prepared: Map<string, Prepared>;
}

// The driver's types leave out what its class does beside `submit`.
interface DriverQuery {
  name: string | undefined;
  values: readonly unknown[];
  submit(connection: pg.Connection): Error | null;
  handleRowDescription(message: { readonly fields: readonly ColumnDescription[] }): void;
  handleDataRow(message: { readonly fields: RowTexts }): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleError(error: unknown): void;
  handleReadyForQuery(): void;
}

/** Makes what `Client.query` takes. */
export type DriverStatements = (channel: StatementChannel, statement: Statement, settle: Settle) => pg.Query;

/** The statements of a driver. */
export function driverStatements(driver: typeof pg): DriverStatements {
  const Query = driver.Query as unknown as new (text: string) => DriverQuery;

  class DriverStatement extends Query {
    readonly #channel: StatementChannel;
    readonly #statement: Statement;
    readonly #settle: Settle;
    readonly #reader = new AnswerReader();

    constructor(channel: StatementChannel, statement: Statement, settle: Settle) {
      super(statement.text);
      this.name = statement.name;
      this.#channel = channel;
      this.#statement = statement;
      this.#settle = settle;
    }

    override submit(connection: pg.Connection): Error | null {
      try {
        if (sentAlone(this.#channel, this.#statement, this.#reader)) return null;
        this.values = encodeValues(this.#statement.values);
        this.#channel.outbound.flush();
        return super.submit(connection);
      } catch (error) {
        return error as Error; // what cannot be a parameter: the driver hands it to handleError
      }
    }

    override handleRowDescription({ fields }: { readonly fields: readonly ColumnDescription[] }): void {
      this.#reader.columns = new Columns(fields);
    }

    override handleDataRow({ fields }: { readonly fields: RowTexts }): void {
      this.#reader.row(fields);
    }

    override handleCommandComplete({ text }: { readonly text: string }): void {
      this.#reader.complete(text);
    }

    override handleError(error: unknown): void {
      this.#settle(this.#reader.failure ?? error, undefined);
    }

    override handleReadyForQuery(): void {
      const { failure, answer, columns } = this.#reader;
      if (failure === undefined) remember(this.#channel, this.#statement, columns);
      this.#settle(failure, failure === undefined ? answer : undefined);
    }
  }

  // It is a Query of the driver's: that is where it comes from.
  return (channel, statement, settle) => new DriverStatement(channel, statement, settle) as unknown as pg.Query;
}

/** Whether it could be sent without the driver's help. Throws TypeError for what cannot be a parameter. */
function sentAlone(channel: StatementChannel, { name, text, values }: Statement, reader: AnswerReader): boolean {
  if (name === undefined) {
    if (values.length > 0) return false;
    channel.outbound.query(text);
    return true;
  }
  const known = channel.prepared.get(name);
  if (known?.text !== text || known.parameters !== values.length) return false;
  reader.columns = known.columns;
  channel.outbound.execute(known.head, values);
  return true;
}

function remember({ prepared }: StatementChannel, { name, text, values }: Statement, columns: Columns): void {
  if (name === undefined || prepared.has(name)) return;
  prepared.set(name, { text, parameters: values.length, head: preparedHead(name, values.length), columns });
}
