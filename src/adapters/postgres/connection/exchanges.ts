// The statements that a connection has sent, and what comes for them, in the same order. The driver has connected and
// said who it is; from there on the protocol is spoken here: a prepared statement is one message without a description
// of its rows, which is remembered.

import type { Statement } from "../../../database/statement.ts";
import { isFatal } from "../errors.ts";
import { AnswerReader, type Columns, columnsFromBytes } from "./answer-reader.ts";
import type { Settle } from "./connection.ts";
import { ErrorResponse, errorFromBytes } from "./error-response.ts";
import { type Outbound, type PreparedHead, preparedHead } from "./outbound.ts";

/** What may come beside answers. */
export interface ExchangeEvents {
  /** The session is over, or is not to be used on. */
  onEnd(error: Error): void;
  onNotification(payload: string, pid: number): void;
}

/** A statement without its answer. */
interface Exchange {
  readonly statement: Statement;
  readonly settle: Settle;
  readonly reader: AnswerReader;
  /** Whether it has the server prepare its name. */
  readonly prepares: boolean;
  /** Whether the server is ready after it, and what was joined before it is then settled. */
  isLast: boolean;
}

/** What the server has prepared. It refuses it once its rows look different. */
interface Prepared {
  readonly text: string;
  readonly parameters: number;
  readonly head: PreparedHead;
  /** Known from its first answer. */
  columns: Columns | undefined;
}

/** Codes of the server's messages. */
const codes = {
  parseComplete: 0x31,
  notification: 0x41,
  commandComplete: 0x43,
  emptyQuery: 0x49,
  dataRow: 0x44,
  error: 0x45,
  copyIn: 0x47,
  rowDescription: 0x54,
  copyBoth: 0x57,
  ready: 0x5a,
} as const;

const idle = 0x49;

/** See above. */
export class Exchanges {
  readonly #outbound: Outbound;
  readonly #events: ExchangeEvents;
  readonly #prepared = new Map<string, Prepared>();
  readonly #preparing = new Set<string>();
  #due: Exchange[] = [];
  /** The place of the one whose answer comes. */
  #at = 0;
  /** The one after which there is no Sync yet. */
  #joined: Exchange | undefined;
  #status: number | undefined = idle;

  constructor(outbound: Outbound, events: ExchangeEvents) {
    this.#outbound = outbound;
    this.#events = events;
  }

  /** Whether the session is in no transaction, as of the last answer. */
  get isIdle(): boolean {
    return this.#status === idle;
  }

  /**
   * Puts a statement together to be sent, joined to those that follow until `sync` or by itself. Throws TypeError, and
   * sends nothing, for what cannot be a parameter.
   */
  begin(statement: Statement, settle: Settle, isJoined: boolean): void {
    // The simple protocol has no Sync: each of its messages is an end.
    const isSimple = statement.name === undefined && statement.values.length === 0;
    if (isSimple || !isJoined) this.sync();
    const reader = new AnswerReader();
    const prepares = this.#write(statement, reader);
    const exchange = { statement, settle, reader, prepares, isLast: isSimple };
    this.#due.push(exchange);
    if (isSimple) return;
    this.#joined = exchange;
    if (!isJoined) this.sync();
  }

  /** Ends what was joined. */
  sync(): void {
    if (this.#joined === undefined) return;
    this.#outbound.sync();
    this.#joined.isLast = true;
    this.#joined = undefined;
  }

  /** A message has come. */
  take(code: number, bytes: Buffer, start: number, end: number): void {
    const exchange = this.#due[this.#at];
    switch (code) {
      case codes.dataRow:
        exchange?.reader.row(bytes, start);
        break;
      case codes.commandComplete:
        this.#completed(exchange, bytes.toString("latin1", start, end - 1));
        break;
      case codes.emptyQuery:
        this.#completed(exchange, "");
        break;
      case codes.ready:
        this.#ready(bytes[start]);
        break;
      case codes.rowDescription:
        if (exchange !== undefined) exchange.reader.columns = columnsFromBytes(bytes, start);
        break;
      case codes.parseComplete:
        this.#parsed(exchange);
        break;
      case codes.error:
        this.#refused(exchange, errorFromBytes(bytes, start, end));
        break;
      case codes.notification:
        this.#notified(bytes, start, end);
        break;
      case codes.copyIn:
      case codes.copyBoth: // it would wait for data for ever
        this.#events.onEnd(new Error("COPY from the client is not supported"));
        break;
    }
    // What else may come says nothing that is used: notices, settings, that a Bind was done.
  }

  /** Settles everything that is due, since nothing will come any more. */
  fail(error: Error): void {
    const due = this.#due;
    this.#due = [];
    this.#at = 0;
    this.#joined = undefined;
    for (const { reader, settle } of due) settle(reader.failure ?? error, undefined);
  }

  /** Answers whether the server is to prepare the statement's name. */
  #write({ name, text, values }: Statement, reader: AnswerReader): boolean {
    const outbound = this.#outbound;
    if (name === undefined) {
      if (values.length === 0) outbound.query(text);
      else outbound.prepare("", text, values);
      return false;
    }
    const known = this.#prepared.get(name);
    if (known !== undefined) {
      if (known.text !== text) throw new TypeError(`the name ${name} is that of another statement`);
      const { columns } = known;
      if (columns !== undefined) reader.columns = columns;
      const head = known.parameters === values.length ? known.head : preparedHead(name, values.length);
      outbound.execute(head, values, columns === undefined);
      return false;
    }
    // While it is not known whether the server has the name, the statement goes without it.
    const prepares = !this.#preparing.has(name);
    outbound.prepare(prepares ? name : "", text, values);
    if (prepares) this.#preparing.add(name);
    return prepares;
  }

  #parsed(exchange: Exchange | undefined): void {
    if (!exchange?.prepares) return;
    const { name = "", text, values } = exchange.statement;
    const head = preparedHead(name, values.length);
    this.#prepared.set(name, { text, parameters: values.length, head, columns: undefined });
  }

  #completed(exchange: Exchange | undefined, tag: string): void {
    exchange?.reader.complete(tag);
    if (exchange?.isLast === false) this.#at++;
  }

  /** Settles what was due until here. */
  #ready(status: number | undefined): void {
    this.#status = status;
    this.#at = 0;
    for (let exchange = this.#due.shift(); exchange !== undefined; exchange = this.#due.shift()) {
      this.#end(exchange);
      if (exchange.isLast) return;
    }
  }

  #end({ statement, settle, reader, prepares }: Exchange): void {
    const { answer, columns } = reader;
    const { name } = statement;
    if (prepares) this.#preparing.delete(name ?? "");
    const failure = reader.failure ?? (reader.isComplete ? undefined : notRun());
    const prepared = name === undefined || failure !== undefined ? undefined : this.#prepared.get(name);
    if (prepared !== undefined) prepared.columns ??= columns;
    settle(failure, failure === undefined ? answer : undefined);
  }

  #refused(exchange: Exchange | undefined, error: ErrorResponse): void {
    if (exchange !== undefined) exchange.reader.failure ??= error;
    // It is told with the answer's end, when the connection can be used again; after the session's end none comes.
    if (exchange === undefined || isFatal(error)) this.#events.onEnd(error);
  }

  #notified(bytes: Buffer, start: number, end: number): void {
    const [, payload = ""] = bytes.toString("utf8", start + 4, end).split("\0"); // after the channel
    this.#events.onNotification(payload, bytes.readInt32BE(start));
  }
}

/** What the server says of a statement in a transaction that has failed; of one in the same packet it says nothing. */
function notRun(): ErrorResponse {
  const message = "a statement before it in its transaction has failed";
  return new ErrorResponse(new Map(Object.entries({ V: "ERROR", C: "25P02", M: message })));
}
