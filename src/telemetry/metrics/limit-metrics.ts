// The calls that a limit refused, counted.

import { Counter, type Registry } from "prom-client";

/** Counts refusals. */
export interface LimitMetrics {
  /** `limit`: the declared name of the limit that refused a call of `operation`. */
  refused(operation: string, limit: string): void;
}

/** Adds the metric of limits to a registry. */
export function createLimitMetrics(registry: Registry): LimitMetrics {
  const refusals = new Counter({
    name: "trivium_limit_refusals_total",
    help: "Calls that a limit refused, by operation and limit",
    labelNames: ["operation", "limit"],
    registers: [registry],
  });
  return { refused: (operation, limit) => refusals.inc({ operation, limit }) };
}
