// What is explored: the whole protocol in configurations that together have every feature and fault, and the protocol
// with a part left out in the smallest configuration that shows what the part is for.

import type { Configuration, Faults } from "./configuration.ts";
import type { Part } from "./parts.ts";
import type { Promised } from "./promises.ts";

/** A configuration, what is left out in it, and what must come out. */
export interface Case {
  readonly leftOut: readonly Part[];
  readonly configuration: Configuration;
  /** The promise that is broken first; undefined: all claims hold in every state. */
  readonly breaks: Promised | undefined;
}

const calm: Faults = {
  crash: false,
  retries: 0,
  wipes: 0,
  restores: 0,
  expiry: false,
  lateCommit: false,
  relay: false,
  janitor: false,
  eviction: false,
};
const expiring: Faults = { ...calm, crash: true, expiry: true };
const kept: Faults = { ...expiring, relay: true, janitor: true };
const all: Faults = { ...kept, eviction: true };
const overdue: Faults = { ...calm, expiry: true, lateCommit: true };

/** Beyond the assumptions only the first half of G4 is promised. */
const late: Partial<Configuration> = { readers: 2, claims: ["PAIR", "ACK"] };

const x = 1;
const y = 2;
const both = 3;

const smallest: Configuration = {
  rows: 1,
  readers: 3,
  writers: [x],
  faults: calm,
  earlyFences: false,
  joins: false,
  claims: ["PAIR", "ACK", "LIN"],
};

/** The whole protocol: nothing is broken. Some seconds each. */
export const wholeCases: readonly Case[] = [
  holds({ readers: 4, faults: all, joins: true }),
  holds({ faults: { ...all, retries: 1, wipes: 1 } }),
  holds({ faults: { ...all, restores: 1 } }),
  holds({ readers: 2, faults: { ...all, wipes: 1, restores: 1 } }),
  holds({ writers: [x, x], faults: expiring, joins: true }),
  holds({ writers: [x, x], readers: 2, faults: { ...all, wipes: 1 } }),
  holds({ rows: 2, writers: [both], faults: { ...kept, wipes: 1 }, earlyFences: true }),
  holds({ rows: 2, writers: [both], faults: { ...expiring, retries: 1 }, earlyFences: true, joins: true }),
  holds({ rows: 2, writers: [x, y], faults: expiring }),
  holds({ rows: 2, writers: [both, y], readers: 2, faults: expiring, earlyFences: true }),
  holds({ ...late, faults: { ...all, lateCommit: true }, writers: [x, x] }),
];

/** More of the same, larger: minutes. */
export const largeCases: readonly Case[] = [
  holds({ readers: 4, faults: { ...all, retries: 1, wipes: 1 }, joins: true }),
  holds({ faults: { ...all, retries: 1, wipes: 1, restores: 1 } }),
  holds({ writers: [x, x], faults: { ...all, wipes: 1 } }),
  holds({ writers: [x, x], faults: { ...expiring, retries: 1, relay: true } }),
  holds({ writers: [x, x], readers: 2, faults: { ...kept, restores: 1 } }),
  holds({ rows: 2, writers: [both], faults: { ...kept, retries: 1 }, earlyFences: true }),
  holds({ rows: 2, writers: [both, y], faults: { ...expiring, wipes: 1 }, earlyFences: true, joins: true }),
  holds({ rows: 2, writers: [both, both], readers: 2, faults: kept, earlyFences: true }),
  holds({ rows: 2, writers: [both, both], readers: 4, faults: expiring }),
  holds({ ...late, readers: 3, faults: { ...all, lateCommit: true }, writers: [x, x] }),
];

/** One part left out: a promise is broken. ACK takes two readers, LIN a third one that has seen the newer version. */
export const omissionCases: readonly Case[] = [
  breaks("LIN", ["fence"], {}),
  breaks("ACK", ["lease"], { readers: 2 }),
  breaks("ACK", ["leaseBeforeLoad"], { readers: 2 }),
  breaks("LIN", ["fenceBeforeCommit"], {}),
  breaks("ACK", ["commitBeforeUnfence"], { readers: 2 }),
  breaks("ACK", ["unfenceBeforeAnswer"], { ...late, faults: overdue }),
  breaks("ACK", ["bumpAtUnfence"], { readers: 2 }),
  breaks("ACK", ["bumpOfGoneToken"], { ...late, faults: overdue }),
  breaks("LIN", ["bumpAtExpiry"], { faults: { ...calm, expiry: true } }),
  breaks("LIN", ["tokenPerAttempt"], { faults: { ...calm, retries: 1 } }),
  breaks("LIN", ["boot"], { faults: { ...calm, wipes: 1 } }),
  breaks("LIN", ["boot"], { faults: { ...calm, restores: 1 } }),
  breaks("LIN", ["closedBirth"], { faults: { ...calm, wipes: 1 } }),
  breaks("ACK", ["invalidatedInHit"], { readers: 2 }),
  breaks("ACK", ["floorInHit"], { readers: 2, faults: { ...calm, janitor: true } }),
  breaks("ACK", ["floorAtForget"], { readers: 2, faults: { ...calm, janitor: true } }),
  breaks("ACK", ["tagOfEachRow"], { rows: 2, writers: [y], readers: 2 }),
  breaks("PAIR", ["oneSnapshot"], { rows: 2, writers: [both], readers: 1, claims: ["PAIR"] }),
  breaks("ACK", ["joinBeforeSnapshot"], { readers: 2, joins: true }),
];

/** Outside the assumptions: nothing is left out, and a COMMIT that takes effect after its fence expired breaks LIN. */
export const assumptionCases: readonly Case[] = [breaks("LIN", [], { faults: overdue })];

const losing: Partial<Configuration> = { faults: { ...all, wipes: 1 } };

/** Parts that the others make redundant, and how far: two that stand in for each other are not redundant together. */
export const redundancyCases: readonly Case[] = [
  holds(losing, ["bumpAtFence"]),
  holds(losing, ["checkInFill"]),
  holds(losing, ["bumpAtFence", "checkInFill"]),
  holds(losing, ["fencesInHit"]),
  breaks("LIN", ["fencesInHit", "bumpAtFence"], {}),
  breaks("LIN", ["fencesInHit", "checkInFill"], {}),
  holds(losing, ["floorAtOpening"]),
  holds(losing, ["refusalWhileClosed"]),
  breaks("LIN", ["floorAtOpening", "refusalWhileClosed"], { faults: { ...calm, wipes: 1 } }),
  holds(losing, ["unfenceBeforeAnswer"]),
  holds(losing, ["bumpOfGoneToken"]),
  holds({ ...losing, claims: ["PAIR", "ACK"] }, ["fence"]),
  breaks("ACK", ["fence", "unfenceBeforeAnswer"], { readers: 2 }),
  breaks("ACK", ["fence", "bumpAtUnfence"], { readers: 2 }),
];

function holds(differs: Partial<Configuration>, leftOut: readonly Part[] = []): Case {
  return { leftOut, configuration: { ...smallest, ...differs }, breaks: undefined };
}

function breaks(promised: Promised, leftOut: readonly Part[], differs: Partial<Configuration>): Case {
  return { leftOut, configuration: { ...smallest, ...differs }, breaks: promised };
}
