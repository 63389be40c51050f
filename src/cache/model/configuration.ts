// A configuration bounds the model: who reads, who writes what, which faults may happen.

import type { Without } from "./parts.ts";
import type { Promised } from "./promises.ts";
import type { Rows } from "./state.ts";

/** How much of everything there is. Every order of steps within these bounds is explored. */
export interface Configuration {
  readonly rows: 1 | 2;
  /** One read each. */
  readonly readers: number;
  /** The rows that each writer writes. */
  readonly writers: readonly Rows[];
  readonly faults: Faults;
  /** Fences are sent one by one as tags become known; else all in one script. */
  readonly earlyFences: boolean;
  /** Readers are in one process and may join each other's loads. */
  readonly joins: boolean;
  readonly claims: readonly Promised[];
}

/** The configuration in words. */
export function nameOf(configuration: Configuration): string {
  const { rows, readers, writers, faults, earlyFences, joins, claims } = configuration;
  const extras = [
    ...Object.entries(faults).flatMap(([fault, much]) => (much === 0 || much === false ? [] : [fault])),
    ...(earlyFences ? ["earlyFences"] : []),
    ...(joins ? ["joins"] : []),
    ...(claims.length < 3 ? [`only ${claims.join(" and ")} claimed`] : []),
  ];
  const written = rows === 1 ? "" : ` of ${writers.map(rowNames).join(" / ")}`;
  const counts = [count(rows, "row"), count(writers.length, "writer") + written, count(readers, "reader")];
  return `${counts.join(", ")}${extras.length > 0 ? `: ${extras.join(", ")}` : ""}`;
}

function count(number: number, name: string): string {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

/** The set of rows in words. */
export function rowNames(rows: Rows): string {
  return ["none", "x", "y", "x and y"][rows] ?? "";
}

/** What may go wrong, and what the store does by itself. */
export interface Faults {
  /** A writer's process dies. */
  readonly crash: boolean;
  /** How often a writer's attempt may be rolled back and run again. */
  readonly retries: number;
  /** How often the store may lose everything. */
  readonly wipes: number;
  /** How often it may go back to a state that it saved. */
  readonly restores: number;
  /** Fences expire. */
  readonly expiry: boolean;
  /** A COMMIT may take effect after its fence expired: outside the assumptions. */
  readonly lateCommit: boolean;
  /** The relay works off durable invalidation rows. */
  readonly relay: boolean;
  /** The janitor forgets. */
  readonly janitor: boolean;
  /** The entry's time to live ends. */
  readonly eviction: boolean;
}

/** A configuration and what is left out of the protocol in it. */
export interface Model {
  readonly configuration: Configuration;
  readonly without: Without;
  /** The moves of a write, in order. */
  readonly writePath: readonly Move[];
  /** Index of COMMIT among them. */
  readonly commitMove: number;
}

/** A move of a writer. */
export type Move = "fence" | "commit" | "unfence" | "answer";
