// The numbers of a process, as Prometheus reads them. One registry per app, so that two apps in a process do not mix.

import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { snakeCase } from "../../core/text.ts";
import { type CacheMetrics, createCacheMetrics } from "./cache-metrics.ts";
import { type CallMetrics, createCallMetrics } from "./call-metrics.ts";
import { type ConsumerMetrics, createConsumerMetrics } from "./consumer-metrics.ts";
import { createLimitMetrics, type LimitMetrics } from "./limit-metrics.ts";
import { addGauge, type GaugeOptions } from "./scraped-gauge.ts";

/** The metrics of a process. */
export interface Metrics {
  readonly calls: CallMetrics;
  readonly consumers: ConsumerMetrics;
  readonly limits: LimitMetrics;
  readonly cache: CacheMetrics;
  /** Adds a gauge whose values are collected when the page is read. Throws if the name is taken. */
  gauge(options: GaugeOptions): void;
  /**
   * Declares a counter of the app's own: `<app>_<name>_total`, with the name in snake_case. Declaring it twice is
   * harmless. Answers the metric's full name.
   */
  declareCounter(name: string, help: string): string;
  /** Adds to a declared counter. Throws an Error for an undeclared one, or when `by` is negative or no number. */
  count(name: string, by?: number): void;
  /** The page in Prometheus' text format. Readers at the same time share one collection. */
  page(): Promise<string>;
  readonly contentType: string;
}

/** What `createMetrics` needs to know. */
export interface MetricsOptions {
  readonly app: string;
  /** Whether memory, processor, event loop and garbage collection are measured. Default true. */
  readonly process?: boolean;
}

/** Gauges that end in `_total`, which by Prometheus' rules only counters may. `nodejs_active_resources` says the same. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/**
 * Creates the metrics of a process.
 * Guarantee: names pass `promtool check metrics`; labels have few values (operations, roads, codes, declared names).
 *
 * @example metrics.gauge({ name: "trivium_outbox_lag_rows", help: "Events not yet published", collect: () => relay.lag() });
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.process !== false) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  const calls = createCallMetrics(registry);
  const failures = new Counter({
    name: "trivium_scrape_failures_total",
    help: "Gauges that could not be collected when this page was read",
    labelNames: ["metric"],
    registers: [registry],
  });
  const counters = new Map<string, Counter>();
  let reading: Promise<string> | undefined;

  return {
    calls,
    consumers: createConsumerMetrics(registry),
    limits: createLimitMetrics(registry),
    cache: createCacheMetrics(registry),
    gauge: (gauge) => addGauge(registry, gauge, () => failures.inc({ metric: gauge.name })),
    declareCounter(name, help) {
      const fullName = `${options.app.replaceAll("-", "_")}_${snakeCase(name).replaceAll(/[^a-z0-9_]/g, "_")}_total`;
      if (!counters.has(name)) counters.set(name, new Counter({ name: fullName, help, registers: [registry] }));
      return fullName;
    },
    count(name, by = 1) {
      const counter = counters.get(name);
      if (counter === undefined) throw new Error(`the counter "${name}" is not declared by the app`);
      counter.inc(by);
    },
    page() {
      reading ??= registry.metrics().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    contentType: registry.contentType,
  };
}
