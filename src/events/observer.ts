// How relay and consumers speak to the operator: log lines and counts.

/** Structured log lines: fields first, then the message. */
export interface EventsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What can happen to a consumer's events, each counted. */
export type ConsumerOccurrence = "applied" | "skipped" | "retried" | "gap" | "parked" | "quarantined";

/** Counts what happens to consumers' events, for the metrics page. */
export interface ConsumerMetrics {
  /** Never throws. */
  count(occurrence: ConsumerOccurrence, consumer: string, by: number): void;
}
