// The metrics of calls. On the way of every call, so the labelled children are looked up once per operation and road.

import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ObservedOperation } from "../observed-call.ts";

/** Counts and times calls. */
export interface CallMetrics {
  readonly inFlight: number;
  begin(operation: ObservedOperation, road: string): void;
  /** `code`: `OK` or one of the sixteen error codes; `seconds`: how long the call took. */
  end(operation: ObservedOperation, road: string, code: string, seconds: number): void;
  /** One message of a stream. */
  message(operation: ObservedOperation, road: string, direction: "received" | "sent"): void;
}

interface Series {
  observe(seconds: number): void;
  readonly messages: { readonly received: Tally; readonly sent: Tally };
  readonly byCode: Map<string, { inc(): void }>;
}

/** What was counted since the metrics were read last: a counter itself would cost more than the rest of a message. */
interface Tally {
  count: number;
  readonly counter: { inc(value: number): void };
}

/** From a cached read to a call that meets the largest deadline. Seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Adds the metrics of calls to a registry. */
export function createCallMetrics(registry: Registry): CallMetrics {
  const registers = [registry];
  const total = new Counter({
    name: "trivium_calls_total",
    help: "Calls that ended, by operation, road and code",
    labelNames: ["operation", "road", "code"],
    registers,
  });
  const duration = new Histogram({
    name: "trivium_call_duration_seconds",
    help: "Time from a call's arrival to its outcome",
    labelNames: ["operation", "road"],
    buckets,
    registers,
  });
  const tallyOf = messageTallies(registers);
  const streams = new Gauge({
    name: "trivium_streams_open",
    help: "Streams that began and did not end yet",
    labelNames: ["operation", "road"],
    registers,
  });
  let inFlight = 0;
  new Gauge({
    name: "trivium_calls_in_flight",
    help: "Calls that began and did not end yet",
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const known = new Map<ObservedOperation, Map<string, Series>>();

  const seriesOf = (operation: ObservedOperation, road: string): Series => {
    const byRoad = known.get(operation) ?? new Map<string, Series>();
    const tally = (direction: string): Tally => tallyOf({ operation: operation.id, road, direction });
    const series = byRoad.get(road) ?? {
      observe: duration.labels({ operation: operation.id, road }).observe,
      messages: { received: tally("received"), sent: tally("sent") },
      byCode: new Map(),
    };
    known.set(operation, byRoad.set(road, series));
    return series;
  };
  return {
    get inFlight() {
      return inFlight;
    },
    begin(operation, road) {
      inFlight++;
      if (isStream(operation)) streams.labels({ operation: operation.id, road }).inc();
    },
    end(operation, road, code, seconds) {
      inFlight--;
      if (isStream(operation)) streams.labels({ operation: operation.id, road }).dec();
      const series = known.get(operation)?.get(road) ?? seriesOf(operation, road);
      let counter = series.byCode.get(code);
      if (counter === undefined) {
        counter = total.labels({ operation: operation.id, road, code });
        series.byCode.set(code, counter);
      }
      counter.inc();
      series.observe(seconds);
    },
    message(operation, road, direction) {
      const series = known.get(operation)?.get(road) ?? seriesOf(operation, road);
      series.messages[direction].count++;
    },
  };
}

function isStream({ contract }: ObservedOperation): boolean {
  return contract.kind !== "query" && contract.kind !== "command";
}

/** Makes the tallies of messages by their labels; what they hold is added up whenever the metrics are read. */
function messageTallies(registers: Registry[]): (labels: Record<"operation" | "road" | "direction", string>) => Tally {
  const tallies: Tally[] = [];
  const messages = new Counter({
    name: "trivium_stream_messages_total",
    help: "Messages of streams, by operation, road and direction",
    labelNames: ["operation", "road", "direction"],
    registers,
    collect() {
      for (const tally of tallies) {
        if (tally.count > 0) tally.counter.inc(tally.count);
        tally.count = 0;
      }
    },
  });
  return (labels) => {
    const tally = { count: 0, counter: messages.labels(labels) };
    tallies.push(tally);
    return tally;
  };
}
