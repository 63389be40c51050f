// One connection to the server: sends statements without waiting for the ones before, and knows when it is lost.

import type pg from "pg";
import type { Backend } from "../../../database/database.ts";
import type { DatabaseObserver } from "../../../database/observation.ts";
import type { Statement } from "../../../database/statement.ts";
import { isServerError } from "../errors.ts";
import { sessionForms } from "../values/decode.ts";
import { cancelRequest } from "./cancel.ts";
import {
  type Answer,
  type Connection,
  lostError,
  observed,
  rollbackStatement,
  type Settle,
  sendOn,
  settleBy,
} from "./connection.ts";
import { Exchanges } from "./exchanges.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";

/** How connections are made. */
export interface ConnectionSource {
  readonly Client: typeof pg.Client;
  readonly config: pg.ClientConfig;
  readonly observe: DatabaseObserver | undefined;
  /** Run on each connection before it is used: statements without values. */
  readonly setup: string;
}

/** Milliseconds until a cancel and the rollback after it must be answered. */
const interruptTimeout = 2_000;

/** A client that is gone without a word must not keep its locks for hours. */
const sessionSetup = `${sessionForms.text};
set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
set idle_in_transaction_session_timeout = '60s';
select backend_start::text as "startedAt" from pg_stat_activity where pid = pg_backend_pid()`;

/** A connection to a server. Statements that are sent in one turn of the event loop leave in one packet. */
export class PostgresConnection implements Connection {
  readonly backend: Backend;
  readonly #client: pg.Client;
  readonly #source: ConnectionSource;
  readonly #outbound: Outbound;
  readonly #exchanges: Exchanges;
  readonly #lost = new AbortController();
  #onNotification: (payload: string, pid: number) => void = ignore;
  #due = 0;
  #held = false;
  #stale = false;

  /** Connects and sets the session up. Throws the driver's own error. */
  static async open(source: ConnectionSource): Promise<PostgresConnection> {
    const client = new source.Client(source.config);
    // An error without a listener would end the process; while connecting, `connect` rejects with the same error.
    client.on("error", ignore);
    await client.connect();
    try {
      const { rows } = lastOf(await client.query(`${source.setup};${sessionSetup}`));
      // The driver's types leave out the pid that the server sent at start-up.
      const pid = (client as unknown as { processID: number }).processID;
      return new PostgresConnection(client, source, { pid, startedAt: rows[0].startedAt });
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
  }

  constructor(client: pg.Client, source: ConnectionSource, backend: Backend) {
    this.#client = client;
    this.#source = source;
    this.backend = backend;
    const { stream } = client.connection;
    this.#outbound = new Outbound(stream);
    this.#exchanges = new Exchanges(this.#outbound, {
      onEnd: (error) => this.#cut(error),
      onNotification: (payload, pid) => this.#onNotification(payload, pid),
    });
    const inbound = new Inbound((...message) => this.#exchanges.take(...message));
    // The driver has done its part, which is connecting, and keeps that of saying good-bye.
    stream.removeAllListeners("data");
    stream.on("data", (piece: Buffer) => inbound.take(piece));
    client.on("error", (error) => this.#cut(error));
    client.on("end", () => this.#cut(new Error("The connection has ended")));
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get busy(): boolean {
    return this.#due > 0;
  }

  get reusable(): boolean {
    return !this.#lost.signal.aborted && !this.#stale && !this.busy && this.#exchanges.isIdle;
  }

  send(statement: Statement, isJoined = false): Promise<Answer> {
    return sendOn(this, statement, isJoined);
  }

  run(statement: Statement, settle: Settle, isJoined = false): void {
    const observe = this.#source.observe;
    if (observe === undefined) this.#submit(statement, settle, isJoined);
    else
      settleBy(
        observed(this, observe, statement, () => this.#answer(statement, isJoined)),
        settle,
      );
  }

  /** Hears notifications of channels that this session listens to. */
  onNotification(heard: (payload: string, pid: number) => void): void {
    this.#onNotification = heard;
  }

  /** Cancels on the server. Afterwards no cancel can meet a later statement. */
  async interrupt(): Promise<void> {
    const silent = new AbortController();
    const timer = setTimeout(() => {
      silent.abort();
      this.destroy();
    }, interruptTimeout);
    try {
      await cancelRequest(this.#client, silent.signal);
      // The server has signalled the backend by now, so the signal meets this rollback at the latest.
      await this.#answer(rollbackStatement);
    } catch {
      this.destroy();
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    const gone = new Promise<void>((resolve) => this.#client.once("end", resolve));
    if (this.busy) this.destroy();
    else void this.#client.end();
    // On a silent network the server's good-bye would not come.
    const cut = setTimeout(() => this.destroy(), interruptTimeout);
    await gone;
    clearTimeout(cut);
  }

  destroy(): void {
    this.#cut(new Error("The connection was cut off"));
  }

  #cut(error: Error): void {
    if (this.#lost.signal.aborted) return;
    // Later, as every answer: whoever cuts the connection off may be the one who waits for it.
    process.nextTick(() => this.#exchanges.fail(error));
    this.#lost.abort();
    this.#client.connection.stream.destroy();
  }

  #answer(statement: Statement, isJoined = false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#submit(statement, (error, answer) => (answer === undefined ? reject(error) : resolve(answer)), isJoined);
    });
  }

  #submit(statement: Statement, settle: Settle, isJoined: boolean): void {
    this.#due++;
    this.#hold();
    const settled: Settle = (error, answer) => {
      this.#due--;
      // A prepared statement that the schema has outlived stays broken for as long as its session.
      if (isServerError(error) && (error.code === "0A000" || error.code === "26000")) this.#stale = true;
      settle(error, answer);
    };
    try {
      if (this.#lost.signal.aborted) throw lostError(this.backend);
      this.#exchanges.begin(statement, settled, isJoined);
    } catch (error) {
      process.nextTick(settled, error, undefined);
    }
  }

  /** What is sent in one turn leaves at its end. */
  #hold(): void {
    if (this.#held) return;
    this.#held = true;
    process.nextTick(() => {
      this.#held = false;
      this.#exchanges.sync();
      this.#outbound.flush();
    });
  }
}

/** A text of several statements answers with a list, of which the last counts. */
function lastOf(result: pg.QueryResult | pg.QueryResult[]): pg.QueryResult {
  // The driver never gives an empty list.
  return Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result;
}

function ignore(): void {}
