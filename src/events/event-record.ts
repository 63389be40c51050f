// An event on its way: as a unit of work makes it, as the outbox keeps it, and what carries it between them.

import type { QueryResult, Statement } from "../database/statement.ts";

/** An event that a unit of work has made and not yet committed. */
export interface PendingEvent {
  /** UUIDv7. */
  readonly id: string;
  readonly stream: string;
  readonly key: string;
  readonly type: string;
  readonly version: number;
  /** A JSON value, checked by the event's schema. */
  readonly data: unknown;
  /** `traceparent` and other context that travels with the event. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An event that was committed. Per stream and key, sequences are 1, 2, 3, … in commit order. */
export interface StoredEvent extends PendingEvent {
  readonly sequence: number;
  /** RFC 3339, UTC, milliseconds: when the transaction wrote it. */
  readonly time: string;
}

/** Runs statements of an open unit of work. */
export interface UnitSql {
  query(statement: Statement): Promise<QueryResult>;
}

/** A consumer as the event machinery sees it: made by the service layer from what the author declared. */
export interface ConsumerSpec {
  readonly name: string;
  readonly stream: string;
  /** What a new consumer begins with: everything the outbox holds, or only what is published from now on. */
  readonly start: "earliest" | "now";
  /** `skip`: not handled, the inbox moves over it. `too new`: a version that this code does not know; the key parks. */
  verdict(type: string, version: number): "handle" | "skip" | "too new";
  /** Slow or external work before the unit; at least once. */
  readonly prepare: ((event: StoredEvent, signal: AbortSignal) => Promise<unknown>) | undefined;
  /**
   * Runs one unit of work: first `guard` on its transaction; where it says true the author's handler; then COMMIT.
   * Conflicts run the whole again. Throws what the handler threw, with nothing left behind.
   */
  run(
    event: StoredEvent,
    guard: (unit: UnitSql) => Promise<boolean>,
    prepared: unknown,
    signal: AbortSignal,
  ): Promise<void>;
}
