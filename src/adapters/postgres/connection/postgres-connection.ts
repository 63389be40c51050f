// One connection to the server: sends statements without waiting for the ones before, and knows when it is lost.

import type pg from "pg";
import type { Backend } from "../../../database/database.ts";
import type { DatabaseObserver } from "../../../database/observation.ts";
import type { Statement } from "../../../database/statement.ts";
import { isServerError } from "../errors.ts";
import { sessionForms } from "../values/decode.ts";
import { encodeValues } from "../values/encode.ts";
import { cancelRequest } from "./cancel.ts";
import { type Answer, type Connection, lostError, observed, rollbackStatement } from "./connection.ts";

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
  readonly #lost = new AbortController();
  #due = 0;
  #corked = false;
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
    client.on("error", () => this.destroy());
    client.on("end", () => this.#lost.abort());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get busy(): boolean {
    return this.#due > 0;
  }

  get reusable(): boolean {
    return !this.#lost.signal.aborted && !this.#stale && !this.busy && this.#client.getTransactionStatus() === "I";
  }

  send(statement: Statement): Promise<Answer> {
    if (this.#lost.signal.aborted) return Promise.reject(lostError(this.backend));
    const observe = this.#source.observe;
    if (observe === undefined) return this.#submit(statement);
    return observed(this, observe, statement, () => this.#submit(statement));
  }

  /** Hears notifications of channels that this session listens to. */
  onNotification(heard: (payload: string, pid: number) => void): void {
    this.#client.on("notification", (message) => heard(message.payload ?? "", message.processId));
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
      await this.#submit(rollbackStatement);
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
    this.#lost.abort();
    this.#client.connection.stream.destroy();
  }

  #submit(statement: Statement): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const config: pg.QueryConfig = { text: statement.text, values: encodeValues(statement.values) };
      if (statement.name !== undefined) config.name = statement.name;
      this.#due++;
      this.#cork();
      void this.#client.query(config, (error: Error | null, result: pg.QueryResult) => {
        this.#due--;
        if (!error) {
          const { rows, rowCount, command } = lastOf(result);
          return resolve({ rows, rowCount: rowCount ?? 0, command });
        }
        // A prepared statement that the schema has outlived stays broken for as long as its session.
        if (isServerError(error) && (error.code === "0A000" || error.code === "26000")) this.#stale = true;
        reject(error);
      });
    });
  }

  /** Holds writes back until the end of this turn, so that they leave together. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    const stream = this.#client.connection.stream;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }
}

/** A text of several statements answers with a list, of which the last counts. */
function lastOf(result: pg.QueryResult | pg.QueryResult[]): pg.QueryResult {
  // The driver never gives an empty list.
  return Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result;
}

function ignore(): void {}
