// The event bus without a broker: the outbox itself is the log. Publishing gives a row its place in its shard's log;
// subscribers read by that place.

import type { Database } from "../../database/database.ts";
import type { EventBus, Subscriber, Subscription } from "../event-bus.ts";
import type { StoredEvent } from "../event-record.ts";
import type { EventsLog } from "../observer.ts";
import { createOwnership, type Ownership } from "../ownership.ts";
import { LogSubscription } from "./log-subscription.ts";
import { registerGroup } from "./registration.ts";

/** What the log needs. */
export interface LogBusOptions {
  readonly database: Database;
  readonly log: EventsLog;
  /** By default: the database's locks. */
  readonly ownership?: Ownership;
  /** Milliseconds between two looks when no hint comes. */
  readonly pollInterval?: number;
  /** Milliseconds that a stopping subscription waits for deliveries that run. */
  readonly stopTimeout?: number;
}

/** The channel on which is said that the log has grown. */
export const logChannel = "trivium_log";

/** The outbox as an event bus. Closing is the database's. */
export function createLogBus(options: LogBusOptions): EventBus {
  const ownership = options.ownership ?? createOwnership(options);
  return {
    features: { marksPublished: true },
    publish: (shard, events, signal) => publish(options.database, shard, events, signal),
    subscribe: (subscriber) => subscribe(options, ownership, subscriber),
  };
}

const takePlacesText = "update trivium.outbox_head set log_offset = log_offset + $2::bigint where shard = $1::smallint";

// A statement of its own, so that its snapshot is taken when the head's lock is held: what another publisher had
// numbered before is seen as published. Numbers of rows that were published already stay unused; that is no hole, since
// nothing comes to them later.
const placeText = `
update trivium.outbox o
set published_at = clock_timestamp(),
  log_offset = (select h.log_offset from trivium.outbox_head h where h.shard = $1::smallint)
    - cardinality($2::uuid[]) + array_position($2::uuid[], o.id)
where o.id = any($2::uuid[]) and o.created_at = any($3::timestamptz[]) and o.shard = $1::smallint
  and o.published_at is null`;

async function publish(
  database: Database,
  shard: number,
  events: readonly StoredEvent[],
  signal: AbortSignal,
): Promise<void> {
  const transaction = await database.begin({ isolation: "read committed", signal });
  try {
    // Sent together: locking the head, then placing the rows, then COMMIT are one round trip.
    await Promise.all([
      transaction.query({ name: "trivium_log_head", text: takePlacesText, values: [shard, events.length] }),
      transaction.query({
        name: "trivium_log_place",
        text: placeText,
        values: [shard, events.map((event) => event.id), events.map((event) => event.time)],
      }),
      transaction.commit(),
    ]);
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
  database.wakeups.notify(logChannel);
}

async function subscribe(options: LogBusOptions, ownership: Ownership, subscriber: Subscriber): Promise<Subscription> {
  await registerGroup(options.database, subscriber);
  return LogSubscription.open({
    database: options.database,
    log: options.log,
    ownership,
    subscriber,
    channel: logChannel,
    pollInterval: options.pollInterval ?? 1_000,
    stopTimeout: options.stopTimeout ?? 10_000,
  });
}
