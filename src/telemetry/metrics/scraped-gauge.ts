// A gauge that asks for its values when the metrics page is read: lag, parked keys, connections of a pool.

import { Gauge, type Registry } from "prom-client";

/** One value of a gauge with labels. */
export interface GaugeValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge to add. */
export interface GaugeOptions {
  /** Full name with its unit: `trivium_outbox_lag_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** The values now: a number, or a list where there are labels. Undefined: nothing to tell. */
  collect(): GaugeReading | Promise<GaugeReading>;
}

/** What a gauge reads. */
export type GaugeReading = number | readonly GaugeValue[] | undefined;

const collectMillis = 2000;

/**
 * Adds a gauge to a registry. A collection that fails or takes over two seconds leaves the gauge without values on that
 * page and calls `onFailure`: the page itself is always answered.
 */
export function addGauge(registry: Registry, options: GaugeOptions, onFailure: () => void): void {
  const labelled = options.labels !== undefined && options.labels.length > 0;
  // `reset` alone would leave a gauge without labels at zero, which is a value that nobody measured.
  const empty = (): void => {
    gauge.reset();
    if (!labelled) gauge.remove();
  };
  const gauge: Gauge = new Gauge({
    name: options.name,
    help: options.help,
    labelNames: [...(options.labels ?? [])],
    registers: [registry],
    async collect() {
      try {
        const reading = await inTime(options.collect());
        empty();
        show(gauge, reading);
      } catch {
        empty();
        onFailure();
      }
    },
  });
}

function show(gauge: Gauge, reading: GaugeReading): void {
  if (typeof reading === "number") gauge.set(reading);
  else for (const { labels, value } of reading ?? []) gauge.set({ ...labels }, value);
}

function inTime<T>(collecting: T | Promise<T>): T | Promise<T> {
  if (!(collecting instanceof Promise)) return collecting;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("took too long")), collectMillis);
    collecting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
