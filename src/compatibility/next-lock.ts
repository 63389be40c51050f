// The step from one lock to the next: what it would break, what of that was accepted, and the lock that follows.

import type { Change } from "./change.ts";
import { breakingChanges } from "./compare.ts";
import type { ContractForm } from "./form/contract-form.ts";
import type { WireForm } from "./form/wire-form.ts";
import { type ContractLock, withRetiredTypes } from "./lock.ts";
import type { Rename } from "./rename.ts";

/** What the contracts are now. */
export interface Present {
  readonly app: string;
  /** The app's version, to be told beside what is accepted. */
  readonly version: string;
  readonly contract: ContractForm;
  readonly wire: WireForm;
}

/** What the developer said. */
export interface Consent {
  /** Names of changes. */
  readonly accept: readonly string[];
  readonly renames: readonly Rename[];
}

/** The step. */
export interface Step {
  readonly lock: ContractLock;
  /** What it breaks and nobody accepted: the step must not be made while there is any. */
  readonly breaking: readonly Change[];
  /** Accepted names of which there is no change: a slip, to be told. */
  readonly idle: readonly string[];
}

/** Works out the step. A rename accepts what it does to gRPC's own names. Pure. */
export function nextLock(before: ContractLock | undefined, present: Present, { accept, renames }: Consent): Step {
  const { app, version, contract, wire } = present;
  const old = before?.accepted ?? [];
  const next = (accepted: ContractLock["accepted"]): ContractLock => ({
    lock: 1,
    app,
    accepted,
    ...contract,
    wire: withRetiredTypes(before?.wire, wire),
  });
  const changes = before === undefined ? [] : breakingChanges(before, next(old));
  const agreed = new Set([
    ...accept,
    ...renames.map(({ message, from, to }) => `${message}.${from}: renamed to ${to}`),
  ]);
  const isAgreed = ({ name }: Change): boolean => agreed.has(name);
  const accepted = changes.filter(isAgreed).map(({ name }) => ({ change: name, version }));
  return {
    lock: next([...old, ...accepted]),
    breaking: changes.filter((change) => !isAgreed(change)),
    idle: [...agreed].filter((name) => !changes.some((change) => change.name === name)),
  };
}
