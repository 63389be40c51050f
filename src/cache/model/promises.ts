// What is promised to clients (G4), checked at every answer of a read.

import { has, type State, type Versions } from "./state.ts";

/**
 * What can be broken. ACK: a read that starts after a write was acknowledged never returns older. LIN: no read returns
 * older than a read that completed before it started. PAIR: rows returned together existed together.
 */
export type Promised = "ACK" | "LIN" | "PAIR";

/** What they are made of. */
export type Promises = Pick<State, "commits" | "acknowledged" | "observed">;

/**
 * The first of `claims` that an answer with these values breaks now. An answer from the store starts and ends with the
 * script that finds it, and one from the database is held to more than it owes: to what was promised up to its
 * snapshot, not only up to its start. It is no older than that by itself.
 */
export function brokenBy(state: Promises, values: Versions, claims: readonly Promised[]): Promised | undefined {
  return claims.find((claim) => {
    if (claim === "PAIR") return !existedTogether(state, values);
    const owed = claim === "ACK" ? state.acknowledged : state.observed;
    return values.some((version, row) => version < (owed[row] ?? 0));
  });
}

/** The newer version of each row. */
export function newest(one: Versions, other: Versions): Versions {
  return one.map((version, row) => Math.max(version, other[row] ?? 0));
}

function existedTogether(state: Promises, values: Versions): boolean {
  let rows: Versions = values.map(() => 0);
  const isSame = (): boolean => rows.every((version, row) => version === values[row]);
  if (isSame()) return true;
  return state.commits.some((written, index) => {
    rows = rows.map((version, row) => (has(written, row) ? index + 1 : version));
    return isSame();
  });
}
