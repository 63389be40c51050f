// What the tests of streams share: events, units that emit them, waiting, and a consumer whose effects are rows.

import { uuidv7 } from "../../core/ids.ts";
import type { Database, Transaction } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import { announceEvents } from "../../events/announcement.ts";
import type { ConsumerSpec, PendingEvent, StoredEvent } from "../../events/event-record.ts";
import type { ConsumerMetrics, ConsumerOccurrence, EventsLog } from "../../events/observer.ts";
import { eventColumns, outboxStatement, storedEventFromRow } from "../../events/outbox.ts";
import type { Ownership, ShardHolder } from "../../events/ownership.ts";
import { shardCount } from "../../events/shard.ts";

/** An event of a stream, not yet committed. */
export function pendingEvent(stream: string, key: string, more: Partial<PendingEvent> = {}): PendingEvent {
  return { id: uuidv7(), stream, key, type: "thing.happened", version: 1, data: {}, headers: {}, ...more };
}

/** Commits events in one unit of work and hints that they are there. */
export async function commitEvents(database: Database, events: readonly PendingEvent[]): Promise<void> {
  const transaction = await database.begin({ isolation: "read committed" });
  try {
    await Promise.all([transaction.query(outboxStatement(events)), transaction.commit()]);
  } finally {
    await transaction.rollback();
  }
  announceEvents(database.wakeups, events);
}

/** Commits `count` events of one key, one after another. */
export async function commitMany(database: Database, stream: string, key: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await commitEvents(database, [pendingEvent(stream, key)]);
}

/** What the outbox holds of a stream, by key and number. */
export async function storedEvents(database: Database, stream: string): Promise<StoredEvent[]> {
  const { rows } = await database.query({
    text: `select ${eventColumns} from trivium.outbox o where stream = $1 order by stream, key, sequence`,
    values: [stream],
  });
  return rows.map(storedEventFromRow);
}

/** Resolves when the condition holds; throws with `what` when it does not within the time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, millis = 15_000): Promise<void> {
  const end = Date.now() + millis;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${millis} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** How many sessions of the database wait for another's lock. */
export async function lockWaits(database: Database): Promise<number> {
  const { rows } = await database.query({
    text: "select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    values: [],
  });
  // Cast: the statement's column type.
  return rows[0]?.waiting as number;
}

/** A log that keeps its lines. */
export function keptLog(): EventsLog & { readonly lines: { readonly level: string; readonly message: string }[] } {
  const lines: { level: string; message: string }[] = [];
  const keep = (level: string) => (_fields: object, message: string) => void lines.push({ level, message });
  return { lines, info: keep("info"), warn: keep("warn"), error: keep("error") };
}

/** Metrics that can be asked. */
export function keptMetrics(): ConsumerMetrics & { of(occurrence: ConsumerOccurrence): number } {
  const counts = new Map<string, number>();
  return {
    count: (occurrence, _consumer, by) => void counts.set(occurrence, (counts.get(occurrence) ?? 0) + by),
    of: (occurrence) => counts.get(occurrence) ?? 0,
  };
}

/** Ownership switched off: everyone owns everything at once. */
export const everythingOwned: Ownership = {
  join(_role: string, holder: ShardHolder) {
    holder.gained(Array.from({ length: shardCount }, (_, shard) => shard));
    return { leave: async () => {} };
  },
};

/** The table into which `effectConsumer` writes; `place` is the order in which effects took place. */
export const effectTable = `create table effect (
  place bigint generated always as identity primary key,
  consumer text not null, key text not null, sequence bigint not null, worker text not null)`;

/** An effect, as kept. */
export interface Effect {
  readonly key: string;
  readonly sequence: number;
  readonly worker: string;
}

/** A consumer's effects in the order in which they took place. */
export async function effectsOf(database: Database, consumer: string): Promise<Effect[]> {
  const { rows } = await database.query({
    text: "select key, sequence, worker from effect where consumer = $1 order by place",
    values: [consumer],
  });
  // Cast: the columns of the table above.
  return rows as unknown as Effect[];
}

/** The numbers of one key among effects. */
export function sequencesOf(effects: readonly Effect[], key: string): number[] {
  return effects.filter((effect) => effect.key === key).map((effect) => effect.sequence);
}

/** 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** What an effect consumer is besides its name. */
export interface EffectConsumerOptions {
  readonly database: Database;
  readonly name: string;
  readonly stream: string;
  readonly start?: "earliest" | "now";
  readonly worker?: string;
  readonly verdict?: ConsumerSpec["verdict"];
  readonly prepare?: ConsumerSpec["prepare"];
  /** The author's handler, before the effect is written. */
  readonly handle?: (event: StoredEvent, transaction: Transaction, prepared: unknown) => Promise<void>;
}

/** A consumer that writes one row for each event it handles, in a unit of work that runs again on conflicts. */
export function effectConsumer(options: EffectConsumerOptions): ConsumerSpec {
  return {
    name: options.name,
    stream: options.stream,
    start: options.start ?? "earliest",
    verdict: options.verdict ?? (() => "handle"),
    prepare: options.prepare,
    run: async (event, guard, prepared, signal) => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await effectUnit(options, event, guard, prepared, signal);
        } catch (error) {
          if (attempt === 3 || !(error instanceof DatabaseError) || error.kind !== "conflict") throw error;
        }
      }
    },
  };
}

async function effectUnit(
  { database, name, worker, handle }: EffectConsumerOptions,
  event: StoredEvent,
  guard: Parameters<ConsumerSpec["run"]>[1],
  prepared: unknown,
  signal: AbortSignal,
): Promise<void> {
  const transaction = await database.begin({ isolation: "read committed", signal });
  try {
    if (await guard(transaction)) {
      await handle?.(event, transaction, prepared);
      await transaction.query({
        text: "insert into effect (consumer, key, sequence, worker) values ($1, $2, $3, $4)",
        values: [name, event.key, event.sequence, worker ?? ""],
      });
    }
    await transaction.commit();
  } finally {
    await transaction.rollback();
  }
}
