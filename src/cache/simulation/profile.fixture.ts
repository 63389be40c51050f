// What a schedule is about: who reads and writes, and what may go wrong. Drawn from its seed: most schedules have a
// theme, one or two faults that happen often, since what only shows when several rare things meet is hardly ever met by
// a schedule in which everything may happen.

import type { Random } from "./random.fixture.ts";

/** Things that happen to a system by itself, and how often each of them is chosen. */
export interface Disturbances {
  /** Milliseconds to seconds pass. */
  readonly time: number;
  /** Half a minute to ten minutes pass: fences expire. */
  readonly longTime: number;
  readonly crash: number;
  readonly wipe: number;
  readonly restart: number;
  readonly cut: number;
  readonly lostConnection: number;
  readonly janitor: number;
  readonly eviction: number;
  readonly migration: number;
}

/** A schedule's world. */
export interface Profile {
  readonly rows: 1 | 2;
  readonly processes: number;
  /** The number of reads of each reader. */
  readonly readers: readonly number[];
  /** The rows of each write of each writer. */
  readonly writers: readonly (readonly (readonly number[])[])[];
  readonly disturbances: Disturbances;
  /** How often something of it happens, of 1, before a step. */
  readonly unrest: number;
  readonly loss: number;
  readonly conflicts: number;
  readonly relay: boolean;
  /** COMMITs may take effect after their fences have expired: then only the first half of G4 is promised. */
  readonly lateCommits: boolean;
}

type Misfortune = keyof Disturbances | "loss" | "conflicts" | "lateCommits";

const themes: readonly (readonly Misfortune[])[] = [
  [],
  ["longTime"],
  ["time", "loss"],
  ["time", "cut"],
  ["conflicts"],
  ["conflicts", "loss", "time"],
  ["lateCommits", "longTime"],
  ["lateCommits", "longTime", "crash"],
  ["crash"],
  ["wipe"],
  ["wipe", "longTime"],
  ["restart", "longTime"],
  ["lostConnection"],
  ["lostConnection", "loss"],
  ["janitor"],
  ["eviction", "migration"],
];

/** How often each of them happens where nothing else is said. */
const weights: Disturbances = {
  time: 3,
  longTime: 2,
  crash: 1,
  wipe: 1,
  restart: 1,
  cut: 1,
  lostConnection: 1,
  janitor: 1,
  eviction: 1,
  migration: 1,
};

/** The profile of a seed. */
export function drawProfile(random: Random): Profile {
  const rows = random.chance(0.5) ? 1 : 2;
  const isWild = random.chance(0.2);
  const theme = random.pick(themes) ?? [];
  const happens = (misfortune: Misfortune): boolean => (isWild ? random.chance(0.4) : theme.includes(misfortune));
  const names = Object.keys(weights) as (keyof Disturbances)[]; // its own keys
  const drawn = names.map((name) => [name, happens(name) ? weights[name] : 0]);
  const writes = (): number[] => (rows === 2 && random.chance(0.4) ? [0, 1] : [random.between(0, rows - 1)]);
  return {
    rows,
    processes: random.between(1, 2),
    readers: many(random.between(2, 5), () => random.between(1, 8)),
    writers: many(random.between(1, 3), () => many(random.between(1, 2), writes)),
    disturbances: Object.fromEntries(drawn) as unknown as Disturbances, // a number for each of its keys
    unrest: random.pick([0.01, 0.03, 0.06, 0.12]) ?? 0,
    loss: happens("loss") ? 0.1 : 0,
    conflicts: happens("conflicts") ? 0.35 : 0,
    relay: random.chance(0.3),
    lateCommits: happens("lateCommits"),
  };
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
