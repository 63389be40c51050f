// The parts of the protocol that the model can leave out, one name each. The code of the model asks `without.<part>`
// where the part stands, so that a search for the name finds the place.

/** Each part and what happens without it, in words. */
export const parts = {
  fence: "no fence",
  lease: "no lease: an entry is stamped when it is filled",
  leaseBeforeLoad: "lease after the load",
  fenceBeforeCommit: "COMMIT before the fence is acknowledged",
  commitBeforeUnfence: "unfence before COMMIT",
  unfenceBeforeAnswer: "answer before unfence",
  bumpAtUnfence: "unfence without bump",
  bumpOfGoneToken: "unfence bumps only if its token stands",
  bumpAtExpiry: "expiry without bump",
  tokenPerAttempt: "a retry keeps its token",
  boot: "boot ignored",
  closedBirth: "a new boot is not closed",
  invalidatedInHit: "hit ignores `invalidated`",
  floorInHit: "hit ignores floor",
  floorAtForget: "floor not raised when the janitor forgets",
  tagOfEachRow: "tags of one row only",
  oneSnapshot: "two rows loaded in two snapshots",
  joinBeforeSnapshot: "a read joins any load in flight",
  bumpAtFence: "fence without bump",
  fencesInHit: "hit ignores fences",
  checkInFill: "fill checks nothing",
  floorAtOpening: "floor not raised when a new boot opens",
  refusalWhileClosed: "a closed store gives leases",
} as const;

/** A part that can be left out. */
export type Part = keyof typeof parts;

/** What is left out: nothing in the whole protocol. */
export type Without = { readonly [P in Part]?: true };
