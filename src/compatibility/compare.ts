// Everything that breaks somebody between two locks, rule by rule.

import type { Change } from "./change.ts";
import type { AcceptedChange, ContractLock } from "./lock.ts";
import { eventChanges } from "./rules/event-rules.ts";
import { failureChanges } from "./rules/failure-rules.ts";
import { modelChanges } from "./rules/model-rules.ts";
import { operationChanges } from "./rules/operation-rules.ts";
import { wireChanges } from "./rules/wire-rules.ts";

/** The breaking changes, without those that were accepted since the old lock. Pure; in the order of the rules. */
export function breakingChanges(old: ContractLock, now: ContractLock): Change[] {
  const accepted = acceptedSince(old.accepted, now.accepted);
  const changes = [
    ...operationChanges(old, now),
    ...modelChanges(old, now),
    ...failureChanges(old, now),
    ...eventChanges(old, now),
    ...wireChanges(old.wire, now.wire),
  ];
  return changes.filter(({ name }) => !accepted.has(name));
}

/** The same change may be made, accepted, taken back and made again: what was accepted before does not count. */
function acceptedSince(old: readonly AcceptedChange[], now: readonly AcceptedChange[]): Set<string> {
  const count = (list: readonly AcceptedChange[], name: string): number =>
    list.filter(({ change }) => change === name).length;
  return new Set(now.map(({ change }) => change).filter((name) => count(now, name) > count(old, name)));
}
