// The way from a process to the database, and the transactions on it. Statements of one transaction run in order; between
// sending, running and answering each of them anything else may happen; and the connection may be lost at any moment.

import { appError } from "../../../core/catalogue.ts";
import type { Backend, Database, Lock, Transaction, TransactionOptions } from "../../../database/database.ts";
import { DatabaseError } from "../../../database/database-error.ts";
import type { QueryResult, Statement } from "../../../database/statement.ts";
import { actor, type Mortal, type Schedule, type Step } from "../schedule.fixture.ts";
import type { DatabaseServer, Work } from "./database-server.fixture.ts";
import type { SimulatedTime } from "./simulated-time.fixture.ts";

/** What the links of all processes have in common. */
export interface DatabaseWorld {
  readonly server: DatabaseServer;
  readonly schedule: Schedule;
  readonly time: SimulatedTime;
  /** How often a write or a COMMIT meets a conflict, of 1. */
  readonly conflicts: number;
  /** Transactions that have not ended on the server. */
  readonly open: Set<SimulatedTransaction>;
  /** Told when a COMMIT was sent, which `step` will run. */
  readonly commitSent: (transaction: SimulatedTransaction, step: Step) => void;
}

/** Milliseconds within which a COMMIT takes effect, or never does: an assumption of the protocol. */
const commitWithin = 29_000;

/** The database as a process sees it. */
export class DatabaseLink implements Database {
  readonly features = { concurrentTransactions: true, cancel: false, shared: true };
  readonly locks = { tryAcquire: async () => undefined, acquire: (): Promise<Lock> => unused() };
  readonly wakeups = { notify: () => undefined, listen: () => () => undefined };
  readonly #world: DatabaseWorld;
  readonly #owner: Mortal;

  constructor(world: DatabaseWorld, owner: Mortal) {
    this.#world = world;
    this.#owner = owner;
  }

  query(statement: Statement): Promise<QueryResult> {
    const { schedule, server } = this.#world;
    const who = actor();
    return new Promise((resolve) => {
      if (!this.#owner.isAlive) return;
      const run = (): void => {
        const rows = server.runAlone(statement);
        const answer = (): void => resolve({ rows, rowCount: rows.length });
        schedule.add({ who, words: "hears from the database", owner: this.#owner, run: answer });
      };
      schedule.add({ who, words: `statement runs alone: ${statement.text.trim().slice(0, 40)}`, run });
    });
  }

  async begin({ readOnly = false }: TransactionOptions): Promise<Transaction> {
    const transaction = new SimulatedTransaction(this.#world, this.#owner, readOnly);
    this.#world.open.add(transaction);
    return transaction;
  }

  async settle({ pid }: Backend): Promise<"committed" | "rolled back"> {
    const { schedule, server, open } = this.#world;
    await schedule.wait("asks whether its COMMIT took effect", this.#owner);
    const transaction = [...open].find(({ work }) => work.id === pid);
    if (transaction === undefined) return server.isCommitted(pid) ? "committed" : "rolled back";
    if (schedule.random.chance(0.5)) throw appError("OUTCOME_UNKNOWN");
    return transaction.decide() ? "committed" : "rolled back";
  }

  async close(): Promise<void> {}
}

interface Message {
  readonly words: string;
  readonly statement: Statement | undefined;
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: Error) => void;
}

/** One transaction, with what it has sent and the server has not yet run. */
export class SimulatedTransaction implements Transaction {
  readonly work: Work;
  readonly owner: Mortal;
  readonly #world: DatabaseWorld;
  readonly #unrun: Message[] = [];
  readonly #unanswered = new Set<Message>();
  #commitSentAt: number | undefined;
  #isLost = false;
  #isEnding = false;

  constructor(world: DatabaseWorld, owner: Mortal, readOnly: boolean) {
    this.#world = world;
    this.owner = owner;
    this.work = world.server.begin(readOnly);
  }

  get backend(): Backend {
    return { pid: this.work.id, startedAt: "" };
  }

  query(statement: Statement): Promise<QueryResult> {
    return this.#send(
      `${statement.text} ${statement.text === "flush" ? "" : statement.values.join(" := ")}`,
      statement,
    );
  }

  async commit(): Promise<void> {
    if (this.work.writes.size > 0 || this.#unrun.length > 0) this.#commitSentAt = this.#world.time.now;
    await this.#send("COMMIT", undefined);
  }

  async rollback(): Promise<void> {
    if (this.#isEnding || this.#commitSentAt !== undefined) return;
    this.#isEnding = true;
    const { schedule } = this.#world;
    if (!this.work.readOnly) await schedule.wait("ROLLBACK arrives");
    this.#end();
    if (!this.work.readOnly) await schedule.wait("hears of the ROLLBACK", this.owner);
  }

  /** The connection is lost; or its process, which then hears nothing. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    const isSent = this.#commitSentAt !== undefined;
    for (const { statement, reject } of this.#unanswered) {
      if (statement === undefined)
        reject(new DatabaseError("outcome unknown", "the connection was lost", { backend: this.backend }));
      else reject(new DatabaseError("unavailable", "the connection was lost"));
    }
    this.#unanswered.clear();
    if (!isSent) this.#end();
  }

  /** Whether a COMMIT that was sent must take effect before this time, or never. */
  isOverdue(at: number): boolean {
    return this.#commitSentAt !== undefined && this.#commitSentAt + commitWithin <= at;
  }

  /** A COMMIT that was sent takes effect now, or never. Answers which. */
  decide(): boolean {
    const { server, schedule } = this.#world;
    const takesEffect = schedule.random.chance(0.5);
    if (takesEffect) while (this.#unrun.length > 0) this.#run();
    const { state } = this.work;
    if (state !== "committed") server.rollback(this.work);
    schedule.tell(`transaction ${this.work.id}`, `its COMMIT ${state === "committed" ? "took effect" : "is lost"}`);
    this.lose();
    this.#end();
    return state === "committed";
  }

  #send(words: string, statement: Statement | undefined): Promise<QueryResult> {
    if (!this.owner.isAlive) return new Promise(() => undefined);
    if (this.#isLost) return Promise.reject(new DatabaseError("unavailable", "the connection was lost"));
    const { server, schedule } = this.#world;
    const who = actor();
    return new Promise((resolve, reject) => {
      const message: Message = { words, statement, resolve, reject };
      this.#unrun.push(message);
      this.#unanswered.add(message);
      const isReady = (): boolean =>
        this.#unrun[0] === message && (statement === undefined || !server.mustWait(this.work, statement));
      const run = (): void => this.#answer(who, message, this.#run());
      const step = { who, words: `${words} runs`, isReady: () => this.#isOver() || isReady(), run };
      schedule.add(step);
      if (statement === undefined) this.#world.commitSent(this, step);
    });
  }

  #isOver(): boolean {
    return this.#unrun.length === 0;
  }

  /** Runs the next message; answers how to tell its sender. */
  #run(): () => void {
    const { server, schedule, conflicts } = this.#world;
    const message = this.#unrun.shift();
    if (message === undefined) return () => undefined;
    const { statement, resolve, reject } = message;
    const isWrite = statement === undefined ? this.work.writes.size > 0 : statement.text === "update";
    if (isWrite && this.work.state === "open" && schedule.random.chance(conflicts)) {
      server.fail(this.work);
      schedule.tell(`transaction ${this.work.id}`, "meets a conflict");
      if (statement === undefined) this.#end();
      return () => reject(new DatabaseError("conflict", "could not serialize access", { sqlState: "40001" }));
    }
    try {
      const rows = statement === undefined ? [] : server.run(this.work, statement);
      if (statement === undefined) this.#commit();
      return () => resolve({ rows, rowCount: rows.length });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return () => reject(error);
    }
  }

  #commit(): void {
    const { server } = this.#world;
    try {
      server.commit(this.work);
    } finally {
      this.#end();
    }
  }

  #answer(who: string, message: Message, tell: () => void): void {
    const { schedule } = this.#world;
    const run = (): void => {
      if (!this.#unanswered.delete(message) || !this.owner.isAlive) return;
      tell();
    };
    if (schedule.random.chance(0.4)) run();
    else schedule.add({ who, words: `hears of: ${message.words}`, owner: this.owner, run });
  }

  #end(): void {
    this.#unrun.length = 0;
    this.#world.server.rollback(this.work);
    this.#world.open.delete(this);
  }
}

function unused(): never {
  throw new Error("the simulated database has no locks between processes");
}
