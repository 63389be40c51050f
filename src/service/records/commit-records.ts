// What a unit of work leaves behind beside its rows, in its own transaction: the port. On SQL: sql-records.ts.

import type { Invalidation } from "../../cache/unit-fences.ts";
import type { Transaction } from "../../database/database.ts";
import type { Statement } from "../../database/statement.ts";
import type { PendingEvent, UnitSql } from "../../events/event-record.ts";

/** Names a command under an idempotency key: the same for each call with the same key of the same user. */
export interface RecordKey {
  /** The id of the user whose key it is. */
  readonly principal: string;
  /** The operation's id. */
  readonly operation: string;
  readonly key: string;
}

/** What a command answered under a key. */
export interface IdempotencyRecord extends RecordKey {
  /** UUIDv7, made by the unit. */
  readonly id: string;
  /** Of the input: another input under the same key has another one. */
  readonly fingerprint: string;
  /** A JSON value; undefined for an operation without output. */
  readonly answer: unknown;
  /** The tags that the unit touched: a repeated answer invalidates them again. */
  readonly tags: readonly string[];
}

/** A record as it is found again. `answer` is null for an operation without output. */
export type StoredAnswer = Pick<IdempotencyRecord, "fingerprint" | "answer" | "tags">;

/** Everything that a unit leaves behind. */
export interface CommitRecords {
  readonly events: readonly PendingEvent[];
  readonly idempotency?: IdempotencyRecord | undefined;
  readonly invalidation?: Invalidation | undefined;
  /** An id made by a unit that leaves nothing else, so that a lost COMMIT can be settled. */
  readonly marker?: string | undefined;
}

/** Whether a unit leaves anything, so that it is known afterwards whether it has committed. */
export function hasRecords({ events, idempotency, invalidation, marker }: CommitRecords): boolean {
  return events.length > 0 || idempotency !== undefined || invalidation !== undefined || marker !== undefined;
}

/** What a key stands for when a unit begins: an answer that was given, or nothing yet. */
export type Claim =
  | { readonly state: "answered"; readonly stored: StoredAnswer }
  /** Another unit with this key has not ended. */
  | { readonly state: "taken" }
  /** The key is this unit's until it ends; units that ended before are seen. */
  | { readonly state: "held" };

/** Where units of work leave their records. */
export interface RecordStore {
  /**
   * Writes all records with one statement as the transaction's last; the caller sends COMMIT without awaiting this.
   * Guarantees: sequences of events per key are gapless and in commit order; two units cannot deadlock on them. A key
   * that has a record already is a conflict (`isConflict`): run the unit again, and it will find the answer.
   */
  flush(transaction: Transaction, records: CommitRecords): Promise<void>;
  /** A statement that gives a row if and only if the unit that made these records has committed. */
  evidence(records: CommitRecords): Statement;
  /**
   * The unit's first statements, in one round trip: takes the key without waiting, then reads its record. Records count
   * for 24 hours. Under `serializable` a unit that has just committed may be overlooked: `flush` then tells.
   */
  claim(unit: UnitSql, key: RecordKey): Promise<Claim>;
  /** The answer that was given under a key, read outside of any unit. */
  find(database: UnitSql, key: RecordKey): Promise<StoredAnswer | undefined>;
}
