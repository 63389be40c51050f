// Runs an app's consumers: each subscribes to its stream as a group and settles what the bus delivers.

import type { Database } from "../../database/database.ts";
import type { EventBus, Subscription } from "../event-bus.ts";
import type { ConsumerSpec } from "../event-record.ts";
import type { ConsumerMetrics, EventsLog } from "../observer.ts";
import { ConsumerWorker } from "./consumer-worker.ts";
import { quarantine } from "./parking.ts";

/** What a runner needs. */
export interface ConsumerRunnerOptions {
  readonly database: Database;
  readonly bus: EventBus;
  readonly consumers: readonly ConsumerSpec[];
  readonly log: EventsLog;
  readonly metrics: ConsumerMetrics;
  /** Keys at work at a time, per consumer. */
  readonly concurrency?: number;
}

/** Runs consumers. */
export interface ConsumerRunner {
  /**
   * Registers the consumers and begins. Resolves when each one's start is recorded. Throws SetupError if a consumer has
   * read another stream before, and what the database throws.
   */
  start(): Promise<void>;
  /** Ends after the events at work; others take over. Never throws. */
  stop(): Promise<void>;
}

/**
 * A runner, not yet started. Any number of them may run on one database: effects stay exactly once and in order.
 *
 * @example const runner = createConsumerRunner({ database, bus, consumers, log, metrics });
 */
export function createConsumerRunner(options: ConsumerRunnerOptions): ConsumerRunner {
  const subscriptions: Subscription[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
  };
  const start = async (): Promise<void> => {
    try {
      for (const spec of options.consumers) subscriptions.push(await subscribe(options, spec));
    } catch (error) {
      await stop();
      throw error;
    }
  };
  return { start, stop };
}

function subscribe(options: ConsumerRunnerOptions, spec: ConsumerSpec): Promise<Subscription> {
  const { database, bus, log, metrics } = options;
  const worker = new ConsumerWorker({ database, spec, log, metrics });
  return bus.subscribe({
    group: spec.name,
    stream: spec.stream,
    start: spec.start,
    concurrency: options.concurrency ?? 8,
    deliver: (events, signal) => worker.deliver(events, signal),
    unreadable: async (record) => {
      await quarantine(database, spec.name, record);
      metrics.count("quarantined", spec.name, 1);
      log.error({ consumer: spec.name, source: record.source }, "A record that is no event was put into quarantine");
    },
  });
}
