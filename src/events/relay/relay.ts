// The relay: takes committed events from the outbox to the bus, in order per key, at least once. It owns shards, has
// one batch in flight for each, and marks a batch only after the bus has acknowledged it.

import { backoff, sleep } from "../../core/async.ts";
import type { Database } from "../../database/database.ts";
import type { EventBus } from "../event-bus.ts";
import type { StoredEvent } from "../event-record.ts";
import type { EventsLog } from "../observer.ts";
import { outboxChannel, storedEventFromRow } from "../outbox.ts";
import { createOwnership, type Membership, type Ownership } from "../ownership.ts";
import { WakeSignal } from "../wake-signal.ts";
import { beforeAllKeys, type KeyCursor, markPublished, mayHaveMore, nextBatch, shardsWithWork } from "./unpublished.ts";

/** What a relay needs. */
export interface RelayOptions {
  readonly database: Database;
  readonly bus: EventBus;
  readonly log: EventsLog;
  /** By default: the database's locks. */
  readonly ownership?: Ownership;
  /** Milliseconds between two looks when no hint comes. */
  readonly pollInterval?: number;
  /** Shards at work at a time, each with one batch. */
  readonly concurrency?: number;
}

/** A relay. */
export interface Relay {
  /** Begins; returns at once. It goes on through outages of database and bus. */
  start(): void;
  /** Ends when the batches in flight are published and marked; gives up its shards. Never throws. */
  stop(): Promise<void>;
}

/** A batch that is not acknowledged after this many milliseconds is published again. */
const publishTimeout = 30_000;
/** Batches of one shard before the others are looked at again. */
const batchesPerTurn = 8;

/**
 * A relay, not yet started. Any number of them may run on one database, in any number of processes.
 *
 * @example const relay = createRelay({ database, bus: createLogBus({ database, log }), log });
 */
export function createRelay(options: RelayOptions): Relay {
  return new OutboxRelay(options);
}

class OutboxRelay implements Relay {
  readonly #database: Database;
  readonly #bus: EventBus;
  readonly #log: EventsLog;
  readonly #ownership: Ownership;
  readonly #pollInterval: number;
  readonly #concurrency: number;
  readonly #wake = new WakeSignal();
  readonly #stopping = new AbortController();
  readonly #owned = new Map<number, KeyCursor>();
  readonly #turns = new Map<number, Promise<void>>();
  #membership: Membership | undefined;
  #unlisten: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#database = options.database;
    this.#bus = options.bus;
    this.#log = options.log;
    this.#ownership = options.ownership ?? createOwnership(options);
    this.#pollInterval = options.pollInterval ?? 1_000;
    this.#concurrency = options.concurrency ?? 4;
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#unlisten = this.#database.wakeups.listen(outboxChannel, () => this.#wake.ring());
    this.#membership = this.#ownership.join("relay", {
      gained: (shards) => {
        for (const shard of shards) this.#owned.set(shard, beforeAllKeys);
        this.#wake.ring();
      },
      lost: async (shards) => {
        for (const shard of shards) this.#owned.delete(shard);
        await Promise.all(shards.map((shard) => this.#turns.get(shard)));
      },
    });
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unlisten();
    this.#wake.ring();
    await this.#loop;
    await this.#membership?.leave();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        const published = await this.#round();
        if (failures > 0) this.#log.info({}, "The relay works again");
        failures = 0;
        if (!published) await this.#wake.wait(this.#pollInterval);
      } catch (error) {
        failures++;
        this.#log.warn({ err: error, failures }, "The relay could not publish; trying again");
        // Hints do not end this pause: there may be many of them.
        await sleep(100 + backoff(failures, 100, 5_000), this.#stopping.signal).catch(() => {});
      }
    }
  }

  /** One turn of every shard that has work. Says whether there was any. */
  async #round(): Promise<boolean> {
    if (this.#owned.size === 0) return false;
    const { rows } = await this.#database.query(shardsWithWork([...this.#owned.keys()]));
    // The cast repeats the statement's column type.
    const waiting = rows.map((row) => row.shard as number);
    const worker = async (): Promise<void> => {
      for (let shard = waiting.pop(); shard !== undefined; shard = waiting.pop()) await this.#takeTurn(shard);
    };
    const results = await Promise.allSettled(Array.from({ length: this.#concurrency }, worker));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return rows.length > 0;
  }

  async #takeTurn(shard: number): Promise<void> {
    const turn = this.#publishBatches(shard);
    this.#turns.set(
      shard,
      turn.catch(() => {}),
    );
    try {
      await turn;
    } finally {
      this.#turns.delete(shard);
    }
  }

  async #publishBatches(shard: number): Promise<void> {
    for (let batches = 0; batches < batchesPerTurn && !this.#stopping.signal.aborted; batches++) {
      const cursor = this.#owned.get(shard);
      if (cursor === undefined) return;
      const { rows } = await this.#database.query(nextBatch(shard, cursor));
      const events = rows.map(storedEventFromRow);
      if (events.length > 0) await this.#publish(shard, events);
      const more = mayHaveMore(rows);
      const last = more ? events.at(-1) : undefined;
      // Wraps around: after the last key the first comes again.
      if (this.#owned.has(shard)) this.#owned.set(shard, last ?? beforeAllKeys);
      if (!more && cursor === beforeAllKeys) return;
    }
  }

  async #publish(shard: number, events: readonly StoredEvent[]): Promise<void> {
    await this.#bus.publish(shard, events, AbortSignal.timeout(publishTimeout));
    if (!this.#bus.features.marksPublished) await this.#database.query(markPublished(events));
  }
}
