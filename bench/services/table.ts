// The figures as a table: each beside the peer's, with the aim.

import { peerName } from "./contestants.ts";
import { amounts } from "./fill.ts";
import { type Amount, type CallKind, callKinds } from "./load.ts";

/** What one contestant took for one kind of call. */
export interface ServiceFigures {
  readonly name: string;
  readonly kind: CallKind;
  /** Microseconds of the server's CPU per call: of each round. */
  readonly cpu: readonly number[];
  /** Milliseconds of each call of all rounds, ascending. */
  readonly times: Float64Array;
}

const titles: Readonly<Record<CallKind, string>> = {
  read: "read by id, cached",
  list: "list, a page of 20",
  post: "post, with its event",
  edit: "edit by version",
};

/** Ratios to the peer that are to be reached. */
const aims: Readonly<Partial<Record<CallKind, number>>> = { read: 0.6, list: 0.6, post: 0.8 };

/** The table, as Markdown. */
export function servicesTable(figures: readonly ServiceFigures[], rounds: number, { calls, inFlight }: Amount): string {
  const lines = callKinds.flatMap((kind) => {
    const ofKind = figures.filter((figure) => figure.kind === kind);
    const peer = median(ofKind.find(({ name }) => name === peerName)?.cpu ?? []);
    return ofKind.map((figure) => lineOf(figure, peer));
  });
  return `CPU of the server per call and its latency at ${inFlight} in flight, ${rounds} rounds of ${calls} calls;
${amounts.users} users, ${amounts.channels} channels, ${amounts.messages} messages

| call | server | median µs | smallest µs | × the peer | aim | p50 ms | p99 ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
}

function lineOf({ name, kind, cpu, times }: ServiceFigures, peer: number): string {
  const middle = median(cpu);
  const aim = name === "Trivium" ? aims[kind] : undefined;
  const cells = [
    titles[kind],
    name,
    middle.toFixed(0),
    Math.min(...cpu).toFixed(0),
    (middle / peer).toFixed(2),
    aim === undefined ? "" : `≤ ${aim}`,
    percentile(times, 0.5).toFixed(2),
    percentile(times, 0.99).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
