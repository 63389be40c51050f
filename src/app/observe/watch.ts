// What the operator sees of the database and of the events in it: gauges, a readiness check, spans of statements.

import type { Database } from "../../database/database.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import { withTimeLimit } from "../../database/time-limit.ts";
import { consumerLag, outboxLag } from "../../events/lag.ts";
import type { LiveHub } from "../../events/live/live-hub.ts";
import type { Metrics } from "../../telemetry/metrics/metrics.ts";
import type { Tracing } from "../../telemetry/traces/tracing.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Storage } from "../data/storage.ts";
import type { Observability } from "./observability.ts";

/** Makes a span of every statement; undefined, and so without any cost, where no SDK is registered at start. */
export function statementObserver(
  { databaseUrl }: Pick<Configuration, "databaseUrl">,
  tracing: Tracing,
): DatabaseObserver | undefined {
  if (!tracing.active) return undefined;
  const system = databaseUrl === undefined ? "pglite" : "postgresql";
  return (observation) => {
    if (observation.kind === "statement") tracing.statement(system, observation);
  };
}

/** Connections as a gauge, and a check that the database answers. */
export function watchStorage({ kind, database, stats }: Storage, { metrics, health }: Observability): void {
  metrics.gauge({
    name: "trivium_database_connections",
    help: "Connections of the database pool by state, and calls that wait for one",
    labels: ["state"],
    collect: () => Object.entries(stats()).map(([state, value]) => ({ labels: { state }, value })),
  });
  health.addCheck({
    name: kind,
    run: async (signal) => {
      await database.query({ text: "select 1", values: [] }, { signal });
      return undefined;
    },
  });
}

/** Milliseconds that reading the lag may take; later the gauges count as failed. */
const collectTimeout = 5_000;

/** How far relay and consumers are behind. */
export function watchEvents(database: Database, metrics: Metrics): void {
  const limited = withTimeLimit(database, collectTimeout);
  const outbox = shared(() => outboxLag(limited));
  const consumers = shared(() => consumerLag(limited));
  metrics.gauge({
    name: "trivium_outbox_lag_rows",
    help: "Events that are committed and not yet published",
    collect: async () => (await outbox()).rows,
  });
  metrics.gauge({
    name: "trivium_outbox_lag_seconds",
    help: "Age of the oldest event that is not yet published",
    collect: async () => (await outbox()).seconds,
  });
  const perConsumer = (name: string, help: string, field: "rows" | "seconds" | "parkedKeys" | "quarantined"): void =>
    metrics.gauge({
      name,
      help,
      labels: ["consumer"],
      collect: async () =>
        (await consumers()).map((row) => ({ labels: { consumer: row.consumer }, value: row[field] })),
    });
  perConsumer("trivium_consumer_lag_rows", "Published events that a consumer has not yet settled", "rows");
  perConsumer("trivium_consumer_lag_seconds", "Age of the oldest event that a consumer has not yet settled", "seconds");
  perConsumer("trivium_parked_keys", "Keys of a consumer that wait for the operator", "parkedKeys");
  perConsumer("trivium_quarantined_records", "Records from which a consumer could make no event", "quarantined");
}

/** Shows who follows events live, and what is held for them. */
export function watchLive(live: LiveHub, metrics: Metrics): void {
  const gauge = (name: string, help: string, field: keyof LiveHub["stats"]): void =>
    metrics.gauge({ name, help, collect: () => live.stats[field] });
  gauge("trivium_live_subscribers", "Subscriptions to live events", "subscribers");
  gauge("trivium_live_keys", "Keys of streams that are followed live", "keys");
  gauge("trivium_live_events_at_hand", "Events that are kept for who follows their keys", "atHand");
  gauge("trivium_live_cut_off", "Subscriptions that fell too far behind, since the start", "cutOff");
}

/** Lets gauges that are collected for one page share one reading. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}
