// What became of consumers' events, counted.

import { Counter, type Registry } from "prom-client";

/** Counts what happens to consumers' events. */
export interface ConsumerMetrics {
  /** `occurrence`: applied, skipped, retried, gap, parked or quarantined. */
  count(occurrence: string, consumer: string, by: number): void;
}

/** Adds the metric of consumers to a registry. */
export function createConsumerMetrics(registry: Registry): ConsumerMetrics {
  const events = new Counter({
    name: "trivium_consumer_events_total",
    help: "Events that consumers met, by what became of them",
    labelNames: ["consumer", "occurrence"],
    registers: [registry],
  });
  return { count: (occurrence, consumer, by) => events.inc({ consumer, occurrence }, by) };
}
