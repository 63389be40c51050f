// What the service layer needs from the rest of the house. The composition root in app/ fills it.

import type { Coherence } from "../cache/coherence.ts";
import type { Operation } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { Clock } from "../core/clock.ts";
import type { Database } from "../database/database.ts";
import type { QueryResult, Statement } from "../database/statement.ts";
import type { PendingEvent, StoredEvent } from "../events/event-record.ts";
import type { LiveEvents } from "../events/live/live-events.ts";
import type { Call, CallOrigin } from "../pipeline/call.ts";
import type { StreamChild } from "../pipeline/pipeline.ts";
import type { RowSource } from "../repository/row-source.ts";
import type { Auth, Log, Metrics } from "./context.ts";
import type { RecordStore } from "./records/commit-records.ts";

/** Runs statements: an open unit of work, a snapshot, or the database itself. */
export interface Session {
  query(statement: Statement): Promise<QueryResult>;
}

/** Everything that handlers reach through their context. */
export interface Environment {
  readonly database: Database;
  /** The repository's source over a session. */
  readonly rowsOver: (session: Session) => RowSource;
  /** Where units of work leave their events and records. */
  readonly records: RecordStore;
  /** The coherent cache; undefined where the app keeps no answers, or there is no store to keep them in. */
  readonly coherence: Coherence | undefined;
  /** Told after a unit with events was committed. */
  readonly eventsCommitted: (events: readonly PendingEvent[]) => void;
  readonly clock: Clock;
  readonly auth: Auth;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The registered form of a contract's operation; undefined when the app does not serve it. */
  readonly find: (operation: Operation) => RegisteredOperation | undefined;
  /** Runs an operation from inside a call. */
  readonly nested: (parent: CallOrigin, operation: RegisteredOperation, input: unknown) => Promise<unknown>;
  /** Runs an operation from inside a stream's handler, as a call of its own. */
  readonly fromStream: (parent: Call, child: StreamChild) => Promise<unknown>;
  /** Events as they happen, for `ctx.live`. */
  readonly live: Pick<LiveEvents, "follow">;
  /** W3C trace headers of the running span, to travel with events. */
  readonly traceHeaders: (origin: CallOrigin) => Readonly<Record<string, string>>;
  /** Runs a consumer's work for an event inside its span. */
  readonly traceEvent: <T>(consumer: string, event: StoredEvent, work: () => Promise<T>) => Promise<T>;
}
