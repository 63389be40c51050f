// The unit of work: one transaction with its events and records. Why nothing is half done, and nothing lost:
//
// 1. Rows, events and the idempotency record are written by one transaction, so they commit together or not at all (G1).
// 2. Events are written by its last statement, which takes the next numbers of their keys under a row lock that is
//    held until COMMIT: numbers are gapless and in commit order (G2). Nothing is sent anywhere before COMMIT.
// 3. Any failure inside makes the unit rollback-only, even when the handler catches it; only `savepoint` undoes a part.
// 4. COMMIT that the server answers by ROLLBACK is a failure (the adapter checks the tag).
// 5. A connection lost after COMMIT was sent is settled by looking for a row that only this unit can have made, on
//    another connection, after its backend is gone. What cannot be settled in time is OUTCOME_UNKNOWN, never success
//    and never UNAVAILABLE, which clients would retry blindly.
// 6. From the moment COMMIT is sent neither abort nor deadline cancels the call: its answer is what happened.
// 7. Every row that the unit writes is fenced in the cache before COMMIT, and its cached answers end after COMMIT and
//    before the unit is answered (G4). While it is not known whether the unit has committed, its fences stay.

import { asOutside } from "../../cache/outside-writes.ts";
import type { UnitFences } from "../../cache/unit-fences.ts";
import { uuidv7 } from "../../core/ids.ts";
import type { CallLimits, Transaction, TransactionOptions } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { QueryResult, Statement } from "../../database/statement.ts";
import type { PendingEvent } from "../../events/event-record.ts";
import type { RowSource } from "../../repository/row-source.ts";
import { writeWatched } from "../../repository/sources/watched-rows.ts";
import { isUnknownOutcome } from "../database-failure.ts";
import type { Environment, Session } from "../environment.ts";
import { type CommitRecords, hasRecords, type IdempotencyRecord } from "../records/commit-records.ts";
import { Savepoints } from "./savepoints.ts";
import { currentScope, UnitScope } from "./unit-scope.ts";

/** Told around the commit: see `Call`. */
export interface CommitWatcher {
  beginCommit(): void;
  endCommit(): void;
}

/** How a unit of work behaves. */
export interface UnitOptions extends TransactionOptions {
  /** The work is handed in again until it is known to be done (a consumer's event): an unknown outcome may be thrown. */
  readonly redelivered?: boolean;
}

/** One attempt at a unit of work. A unit that is run again is a new one. */
export class UnitOfWork implements Session {
  readonly rows: RowSource;
  readonly root: UnitScope;
  readonly #fences: UnitFences | undefined;
  readonly #environment: Environment;
  readonly #options: UnitOptions;
  readonly #savepoints = new Savepoints(() => this.#begin());
  #transaction: Promise<Transaction> | undefined;
  /** The same, once it is there: then a statement need not wait for it. */
  #begun: Transaction | undefined;
  #wrote = false;
  #isOutside = false;
  #answer: Omit<IdempotencyRecord, "tags"> | undefined;
  #discarded = false;

  constructor(environment: Environment, options: UnitOptions) {
    this.#environment = environment;
    this.#options = options;
    this.root = new UnitScope(this, undefined);
    this.#fences = environment.coherence?.fences();
    const rows = environment.rowsOver(this);
    this.rows = this.#fences === undefined ? rows : writeWatched(rows, (tags) => this.touch(tags));
  }

  /** Cached answers that depend on these tags end with this unit's COMMIT. */
  touch(tags: readonly string[]): void {
    this.#fences?.touch(tags);
  }

  /** Told of SQL of the author's own: what it changes is not known, so the database is to see for itself. */
  markSql(text: string): void {
    this.#wrote = true;
    if (this.#fences === undefined || this.#isOutside || readsOnly.test(text)) return;
    this.#isOutside = true;
    // Before the statement itself, in the same packet; whatever becomes of it, that one fails too.
    this.query(asOutside).catch(ignore);
  }

  /** Marks that rows may be changed, so that a lost COMMIT leaves evidence. */
  markWrite(): void {
    this.#wrote = true;
  }

  /** Runs a statement in the scope of the calling code; waits while a savepoint is open that it is not part of. */
  query(statement: Statement): Promise<QueryResult> {
    let scope: UnitScope;
    try {
      scope = this.scope();
    } catch (error) {
      return Promise.reject(error);
    }
    const begun = scope.inner === undefined ? this.#begun : undefined;
    return scope.tracked(begun === undefined ? this.#queryLater(scope, statement) : begun.query(statement));
  }

  async #queryLater(scope: UnitScope, statement: Statement): Promise<QueryResult> {
    const transaction = await this.#begin();
    // Between this look and the sending nothing else runs, so that no savepoint can open before the statement.
    while (scope.inner !== undefined) await scope.inner;
    scope.assertOpen();
    return transaction.query(statement);
  }

  /** The scope of the calling code, once no savepoint is open inside it. */
  async enter(): Promise<UnitScope> {
    const scope = this.scope();
    while (scope.inner !== undefined) await scope.inner;
    scope.assertOpen();
    return scope;
  }

  /** The scope of the calling code. Throws when that code is outside of this unit. */
  scope(): UnitScope {
    const scope = currentScope();
    if (scope?.unit !== this) throw new Error("This context belongs to another unit of work, or to one that has ended");
    scope.assertOpen();
    return scope;
  }

  /** Keeps an event with the calling code's scope. */
  emit(event: PendingEvent): void {
    this.scope().events.push(event);
  }

  /** Keeps what the command answers under its idempotency key, with everything else that the unit commits. */
  keepAnswer(answer: Omit<IdempotencyRecord, "tags">): void {
    this.#answer = answer;
  }

  /** Makes `commit` undo everything, though nothing has failed: what the unit was for had been done before. */
  discard(): void {
    this.#discarded = true;
  }

  /** Runs `effect` after the unit has committed, unless the calling code's scope is undone. */
  afterCommit(effect: () => void): void {
    this.scope().effects.push(effect);
  }

  /** `work` as a savepoint: if it fails, its statements and events are undone and the unit can go on. */
  savepoint<T>(work: () => Promise<T>): Promise<T> {
    return this.#savepoints.open(this.scope(), work);
  }

  /** Commits rows, events and records. Throws what made the unit fail; nothing of it has then taken effect. */
  async commit(watcher: CommitWatcher): Promise<void> {
    await this.root.idle();
    this.root.closed = true;
    const { failure } = this.root;
    if (failure !== undefined) return this.#abandon(failure.error);
    if (this.#discarded) return this.rollback();
    const records = this.#records();
    if (this.#transaction === undefined && !hasRecords(records)) return this.#committed();
    const transaction = await this.#begin();
    try {
      await this.#fences?.acknowledged();
      watcher.beginCommit();
    } catch (refused) {
      return this.#abandon(refused);
    }
    try {
      await this.#sendCommit(transaction, records);
    } catch (error) {
      watcher.endCommit();
      if (isUnknownOutcome(error)) this.#fences?.leave();
      throw error;
    }
    await this.#fences?.release();
    if (records.invalidation !== undefined) this.#environment.coherence?.invalidated(records.invalidation.id);
    this.#committed();
  }

  /** Undoes everything. Never throws. */
  async rollback(): Promise<void> {
    this.root.closed = true;
    const transaction = await this.#transaction?.catch(ignore);
    await transaction?.rollback();
    this.#fences?.abandon();
  }

  async #abandon(error: unknown): Promise<never> {
    await this.rollback();
    throw error;
  }

  #records(): CommitRecords {
    const { events } = this.root;
    const invalidation = this.#environment.coherence?.durable ? this.#fences?.invalidation : undefined;
    const idempotency = this.#answer && { ...this.#answer, tags: this.#fences?.tags ?? [] };
    const records = { events, idempotency, invalidation };
    const needsMarker = this.#wrote && this.#transaction !== undefined && this.#options.redelivered !== true;
    return needsMarker && !hasRecords(records) ? { ...records, marker: uuidv7() } : records;
  }

  /** Records and COMMIT leave together: one round trip. */
  async #sendCommit(transaction: Transaction, records: CommitRecords): Promise<void> {
    const leaves = hasRecords(records);
    const flushed = leaves ? this.#environment.records.flush(transaction, records) : undefined;
    const [last, commit] = await Promise.allSettled([flushed, transaction.commit()]);
    if (commit.status === "fulfilled") return;
    const lost =
      commit.reason instanceof DatabaseError && commit.reason.kind === "outcome unknown" ? commit.reason : undefined;
    if (lost === undefined) throw last.status === "rejected" ? last.reason : commit.reason;
    if (leaves) return this.#settle(lost, this.#environment.records.evidence(records));
    if (this.#options.redelivered === true) throw lost;
  }

  /** Finds out what became of a COMMIT that got no answer. A unit that only read has nothing to find out. */
  async #settle(lost: DatabaseError, evidence: Statement): Promise<void> {
    if (lost.backend === undefined) throw lost;
    const limits: CallLimits = { deadline: this.#options.deadline };
    const outcome = await this.#environment.database.settle(lost.backend, evidence, limits);
    if (outcome === "rolled back") {
      throw new DatabaseError("unavailable", "The connection was lost; the transaction was rolled back", {
        cause: lost,
      });
    }
  }

  #committed(): void {
    if (this.root.events.length > 0) this.#environment.eventsCommitted(this.root.events);
    for (const effect of this.root.effects) effect();
  }

  #begin(): Promise<Transaction> {
    this.#transaction ??= this.#open();
    return this.#transaction;
  }

  async #open(): Promise<Transaction> {
    this.#begun = await this.#environment.database.begin(this.#options);
    return this.#begun;
  }
}

/** Such a statement changes nothing, unless a function in it does. */
const readsOnly = /^\s*select\b/i;

function ignore(): undefined {
  return undefined;
}
