// An app on the memory repository: for tests of handlers that need no SQL, and for measuring what is not the database.

import type { Backend, Database, Lock, Transaction } from "../database/database.ts";
import { DatabaseError } from "../database/database-error.ts";
import type { QueryResult, Statement } from "../database/statement.ts";
import type { PendingEvent } from "../events/event-record.ts";
import type { RowSource } from "../repository/row-source.ts";
import { createMemoryRows, type MemoryRows, type MemoryUnit } from "../repository/sources/memory-rows.ts";
import type { Session } from "../service/environment.ts";
import type { Claim, CommitRecords, RecordKey, RecordStore } from "../service/records/commit-records.ts";
import { ReadSession } from "../service/session.ts";
import { MemoryAnswers } from "./memory-answers.ts";

/** The parts of a runtime that a database fills otherwise. */
export interface MemoryStorage {
  readonly database: Database;
  readonly rowsOver: (session: Session) => RowSource;
  readonly records: RecordStore;
  /** What is committed; tests may fill it. */
  readonly rows: RowSource;
  /** The events of committed units, in order. */
  readonly committedEvents: readonly PendingEvent[];
}

const claimText = "memory claim";

type RowWork = (rows: RowSource) => Promise<unknown>;

/**
 * Storage in memory. Units of work commit all at once or not at all, as on a database; a conflict runs the unit again.
 * What needs SQL (raw statements, `ctx.try`, consumers) throws an error that says so.
 */
export function createMemoryStorage(): MemoryStorage {
  const store = createMemoryRows();
  const committedEvents: PendingEvent[] = [];
  const answers = new MemoryAnswers();
  return {
    database: new MemoryDatabase({ store, answers, committedEvents }),
    rowsOver: (session) => (session instanceof ReadSession ? store.rows : memoryRowsOver(session)),
    records: {
      flush: async (transaction, records) => {
        if (transaction instanceof MemoryTransaction) transaction.records = records;
      },
      evidence: () => unsupported("A lost commit"),
      // Travels through the unit as its statements do, so that it reaches the unit's own transaction.
      claim: async (unit, key) => (await unit.query({ text: claimText, values: [key] })).rows[0]?.claim as Claim,
      find: async (_database, key) => answers.find(key),
    },
    rows: store.rows,
    committedEvents,
  };
}

/** Each method travels through the session as work to be done on its rows, so that it meets the unit's own rules. */
function memoryRowsOver(session: Session): RowSource {
  const through = async <T>(work: (rows: RowSource) => Promise<T>): Promise<T> => {
    const { rows } = await session.query({ text: "memory", values: [work satisfies RowWork] });
    return rows[0]?.result as T; // what `work` gave, wrapped by `answer`
  };
  return {
    find: (table, key) => through((rows) => rows.find(table, key)),
    insert: (table, row) => through((rows) => rows.insert(table, row)),
    update: (table, key, changes, version) => through((rows) => rows.update(table, key, changes, version)),
    remove: (table, key, version) => through((rows) => rows.remove(table, key, version)),
    page: (table, query) => through((rows) => rows.page(table, query)),
  };
}

/** What all units share. */
interface Committed {
  readonly store: MemoryRows;
  readonly answers: MemoryAnswers;
  readonly committedEvents: PendingEvent[];
}

class MemoryDatabase implements Database {
  readonly features = { concurrentTransactions: true, cancel: false, shared: false };
  readonly locks = { tryAcquire: async () => undefined, acquire: (): Promise<Lock> => unsupported("Locks") };
  readonly wakeups = { notify: () => undefined, listen: () => () => undefined };
  readonly #committed: Committed;

  constructor(committed: Committed) {
    this.#committed = committed;
  }

  query(statement: Statement): Promise<QueryResult> {
    return answer(statement, this.#committed.store.rows);
  }

  async begin(): Promise<Transaction> {
    return new MemoryTransaction(this.#committed);
  }

  settle(): Promise<never> {
    return unsupported("A lost commit");
  }

  async close(): Promise<void> {}
}

class MemoryTransaction implements Transaction {
  readonly backend: Backend | undefined = undefined;
  records: CommitRecords = { events: [] };
  readonly #unit: MemoryUnit;
  readonly #committed: Committed;
  #held: RecordKey | undefined;

  constructor(committed: Committed) {
    this.#unit = committed.store.begin();
    this.#committed = committed;
  }

  async query(statement: Statement): Promise<QueryResult> {
    if (statement.text !== claimText) return answer(statement, this.#unit.rows);
    const key = statement.values[0] as RecordKey; // as `claim` put it there
    const claim = this.#committed.answers.claim(key);
    if (claim.state === "held") this.#held = key;
    return { rows: [{ claim }], rowCount: 1 };
  }

  async commit(): Promise<void> {
    try {
      this.#unit.commit();
      const { events, idempotency } = this.records;
      if (idempotency !== undefined) this.#committed.answers.keep(idempotency);
      this.#committed.committedEvents.push(...events);
    } finally {
      this.#release();
    }
  }

  async rollback(): Promise<void> {
    this.#unit.rollback();
    this.#release();
  }

  #release(): void {
    if (this.#held !== undefined) this.#committed.answers.release(this.#held);
    this.#held = undefined;
  }
}

async function answer({ text, values }: Statement, rows: RowSource): Promise<QueryResult> {
  const [work] = values;
  if (text !== "memory" || typeof work !== "function")
    throw new DatabaseError("statement", `The memory repository runs no SQL: ${text}`);
  return { rows: [{ result: await (work as RowWork)(rows) }], rowCount: 1 }; // made by memoryRowsOver
}

function unsupported(what: string): never {
  throw new DatabaseError("statement", `${what}: not on the memory repository; use the embedded database`);
}
