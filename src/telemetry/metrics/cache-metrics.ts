// How the coherent cache serves: reads by how they went, and what became of loaded answers.

import { Counter, type Registry } from "prom-client";

/** `closed`: the store was out of reach, just born, or a migration ran. `joined`: waited for another's load. */
const readResults = ["hit", "miss", "fenced", "closed", "joined"] as const;
const fillResults = ["kept", "refused", "failed"] as const;

/** Counts reads and fills. */
export interface CacheMetrics {
  read(result: (typeof readResults)[number]): void;
  fill(result: (typeof fillResults)[number]): void;
}

/** Registers the counters. */
export function createCacheMetrics(registry: Registry): CacheMetrics {
  const reads = new Counter({
    name: "trivium_cache_reads_total",
    help: "Reads of cached queries: answered from the cache, or why not",
    labelNames: ["result"],
    registers: [registry],
  });
  const fills = new Counter({
    name: "trivium_cache_fills_total",
    help: "Loaded answers that were to be kept: kept, refused because something changed meanwhile, or failed",
    labelNames: ["result"],
    registers: [registry],
  });
  return { read: counted(reads, readResults), fill: counted(fills, fillResults) };
}

/** Every result is on the page from the beginning, so that its rate is right from its first time. */
function counted<R extends string>(counter: Counter, results: readonly R[]): (result: R) => void {
  const children = new Map(results.map((result) => [result, counter.labels({ result })]));
  return (result) => children.get(result)?.inc();
}
