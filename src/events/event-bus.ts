// The event-bus port: moves stored events to consumers. Implemented here by log/log-bus.ts, where the outbox itself is
// the log. Comments are guarantees; the suite in testing/event-bus-suite.ts checks them on every adapter.

import type { StoredEvent } from "./event-record.ts";

/** Carries events from the relay to consumers. */
export interface EventBus {
  readonly features: EventBusFeatures;

  /**
   * Publishes events of one shard, given in the order of (stream, key, sequence); resolves when they are durable.
   * Guarantees: per key they are delivered in this order; publishing an event again does no harm to the order of first
   * deliveries. Rejects when it cannot be told whether they are durable: the caller publishes the same again.
   */
  publish(shard: number, events: readonly StoredEvent[], signal: AbortSignal): Promise<void>;

  /**
   * Delivers a stream to a group of subscribers. Resolves when the group's start is recorded: events published from
   * then on will be delivered.
   * Guarantees: every event of the stream from the group's start is delivered to some member at least once; per key in
   * the order in which it was published, the next only after `deliver` resolved for the one before; at most
   * `concurrency` deliveries at a time; members of one group share the keys, and take over from a member that died
   * within seconds. An event counts as delivered when `deliver` resolves. While members change, two may have the same
   * event at the same time.
   * Throws SetupError if the group is recorded for another stream.
   */
  subscribe(subscriber: Subscriber): Promise<Subscription>;
}

/** What an adapter does beyond the least; relay and suite go by these. */
export interface EventBusFeatures {
  /** `publish` marks the outbox rows as published itself, in the same transaction. */
  readonly marksPublished: boolean;
}

/** A member of a group. */
export interface Subscriber {
  readonly group: string;
  readonly stream: string;
  /** For a group that is new: all events that are kept, or those not yet published. */
  readonly start: "earliest" | "now";
  /** Deliveries at a time, each of another key. */
  readonly concurrency: number;
  /**
   * Gets events of one key, in order. When it rejects, the same are delivered again after a pause, other keys go on.
   * `signal` aborts when the subscription ends without waiting any longer.
   */
  deliver(events: readonly StoredEvent[], signal: AbortSignal): Promise<void>;
  /** Gets a record that is no event; the group moves on when it resolves, and tries again when it rejects. */
  unreadable(record: UnreadableRecord): Promise<void>;
}

/** A record on the bus from which no event can be made. */
export interface UnreadableRecord {
  /** Where it is, unique on the bus. */
  readonly source: string;
  /** As much of it as could be read. */
  readonly record: string;
  readonly error: string;
}

/** A running member of a group. */
export interface Subscription {
  /**
   * Starts no further delivery, waits for those that run, keeps the group's position and leaves it. Deliveries that
   * take longer than the bus allows are aborted. Never throws.
   */
  stop(): Promise<void>;
}
