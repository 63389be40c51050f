// An app on the memory repository: for tests of handlers that need no SQL, and for measuring what is not the database.

import type { Backend, Database, Lock, Transaction } from "../database/database.ts";
import { DatabaseError } from "../database/database-error.ts";
import type { QueryResult, Statement } from "../database/statement.ts";
import type { EventSink, PendingEvent } from "../events/event-record.ts";
import type { RowSource } from "../repository/row-source.ts";
import { createMemoryRows, type MemoryRows, type MemoryUnit } from "../repository/sources/memory-rows.ts";
import type { Session } from "../service/environment.ts";
import { ReadSession } from "../service/session.ts";

/** The parts of a runtime that a database fills otherwise. */
export interface MemoryStorage {
  readonly database: Database;
  readonly rowsOver: (session: Session) => RowSource;
  readonly events: EventSink;
  /** What is committed; tests may fill it. */
  readonly rows: RowSource;
  /** The events of committed units, in order. */
  readonly committedEvents: readonly PendingEvent[];
}

type RowWork = (rows: RowSource) => Promise<unknown>;

/**
 * Storage in memory. Units of work commit all at once or not at all, as on a database; a conflict runs the unit again.
 * What needs SQL (raw statements, `ctx.try`, consumers) throws an error that says so.
 */
export function createMemoryStorage(): MemoryStorage {
  const store = createMemoryRows();
  const committedEvents: PendingEvent[] = [];
  return {
    database: new MemoryDatabase(store, committedEvents),
    rowsOver: (session) => (session instanceof ReadSession ? store.rows : memoryRowsOver(session)),
    events: {
      flush: async (transaction, events) => {
        if (transaction instanceof MemoryTransaction) transaction.events.push(...events);
      },
      evidence: () => unsupported("A lost commit"),
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

class MemoryDatabase implements Database {
  readonly features = { concurrentTransactions: true, cancel: false, shared: false };
  readonly locks = { tryAcquire: async () => undefined, acquire: (): Promise<Lock> => unsupported("Locks") };
  readonly wakeups = { notify: () => undefined, listen: () => () => undefined };
  readonly #store: MemoryRows;
  readonly #committedEvents: PendingEvent[];

  constructor(store: MemoryRows, committedEvents: PendingEvent[]) {
    this.#store = store;
    this.#committedEvents = committedEvents;
  }

  query(statement: Statement): Promise<QueryResult> {
    return answer(statement, this.#store.rows);
  }

  async begin(): Promise<Transaction> {
    return new MemoryTransaction(this.#store.begin(), this.#committedEvents);
  }

  settle(): Promise<never> {
    return unsupported("A lost commit");
  }

  async close(): Promise<void> {}
}

class MemoryTransaction implements Transaction {
  readonly backend: Backend | undefined = undefined;
  readonly events: PendingEvent[] = [];
  readonly #unit: MemoryUnit;
  readonly #committedEvents: PendingEvent[];

  constructor(unit: MemoryUnit, committedEvents: PendingEvent[]) {
    this.#unit = unit;
    this.#committedEvents = committedEvents;
  }

  query(statement: Statement): Promise<QueryResult> {
    if (statement.name === "trivium_commit_marker") return Promise.resolve({ rows: [], rowCount: 1 });
    return answer(statement, this.#unit.rows);
  }

  async commit(): Promise<void> {
    this.#unit.commit();
    this.#committedEvents.push(...this.events);
  }

  async rollback(): Promise<void> {
    this.#unit.rollback();
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
