// Judges a history: what a client was told must agree with what it was told before, and with what the database has in
// the end. Each check answers the violations that it found, as lines to read; none is good.

import {
  type Failure,
  type Fault,
  isUnknown,
  type Operation,
  type ProcessName,
  processNames,
  type Read,
  type Truth,
  type Version,
  type Write,
} from "./history.ts";

/** From when on no read may be older than this. */
interface Known {
  readonly at: number;
  readonly version: number;
  readonly row: string;
  readonly set: string | undefined;
  readonly by: "an acknowledged write" | "an earlier read";
}

/**
 * No read that begins after a write was acknowledged, or after another read was answered, is older than either. A row
 * that a list leaves out is read as version 0.
 */
export function staleReads(history: readonly Operation[]): string[] {
  const known = history.flatMap(knownFrom).sort((a, b) => a.at - b.at);
  const reads = history.filter((each): each is Read => each.kind === "read" && each.failure === undefined);
  reads.sort((a, b) => a.begun - b.begun);
  const newest = new Map<string, Known>();
  const sets = new Map<string, string[]>();
  const violations: string[] = [];
  let next = 0;
  for (const read of reads) {
    for (let each = known[next]; each !== undefined && each.at < read.begun; each = known[++next]) {
      if (each.version > (newest.get(each.row)?.version ?? 0)) newest.set(each.row, each);
      if (each.set !== undefined) addSorted(sets, each.set, each.row);
    }
    for (const { row, version } of [...read.seen, ...leftOut(read, sets)]) {
      const least = newest.get(row);
      if (least === undefined || version >= least.version) continue;
      violations.push(
        `${read.process} over ${read.road} read ${row} at version ${version}, ${(read.begun - least.at).toFixed(2)} ms after ${least.by} had version ${least.version}`,
      );
    }
  }
  return violations;
}

function knownFrom(operation: Operation): Known[] {
  const { ended: at } = operation;
  if (operation.kind === "read") {
    const set = operation.list?.set;
    return operation.seen.map(({ row, version }) => ({ at, version, row, set, by: "an earlier read" }));
  }
  const { answer, set } = operation;
  return answer === undefined
    ? []
    : [{ at, version: answer.version, row: answer.row, set, by: "an acknowledged write" }];
}

/** Ids of rows sort by their age, about: a list's order, newest last. */
function addSorted(sets: Map<string, string[]>, set: string, row: string): void {
  const rows = sets.get(set);
  if (rows === undefined) {
    sets.set(set, [row]);
    return;
  }
  let at = rows.length;
  while (at > 0 && (rows[at - 1] ?? "") > row) at--;
  if (rows[at - 1] !== row) rows.splice(at, 0, row);
}

/** Rows that were known, and should have been in the list. */
function leftOut({ list, seen }: Read, sets: ReadonlyMap<string, readonly string[]>): { row: string; version: 0 }[] {
  if (list === undefined) return [];
  const rows = sets.get(list.set) ?? [];
  const last = list.isFull ? (seen.at(-1)?.row ?? "") : "";
  const inside = new Set(seen.map(({ row }) => row));
  const missing: { row: string; version: 0 }[] = [];
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at] ?? "";
    if (row < last) break;
    if (!inside.has(row)) missing.push({ row, version: 0 });
  }
  return missing;
}

/**
 * Each version of a row was made by exactly one command, which was acknowledged with it or whose outcome is unknown; what
 * was refused has made none; every read has seen a version that there was.
 */
export function lostUpdates(history: readonly Operation[], truth: Truth): string[] {
  const violations: string[] = [];
  const makers = new Map<string, Write[]>();
  for (const [row, versions] of truth) {
    versions.forEach(({ version }, index) => {
      if (version !== index + 1) violations.push(`${row}: version ${version} was committed as the ${index + 1}. one`);
    });
  }
  for (const operation of history) {
    if (operation.kind === "write") pushTo(makers, operation.text, operation);
    else violations.push(...operation.seen.flatMap((seen) => unlike(seen, truth, "read")));
  }
  const made = new Map([...truth.values()].flat().map((version) => [version.text, version]));
  for (const [text, writes] of makers) violations.push(...outcomeProblems(text, writes, made.get(text), truth));
  for (const [text, { row, version }] of made)
    if (!makers.has(text)) violations.push(`${row}: nobody knows who made version ${version}`);
  return violations;
}

function outcomeProblems(text: string, writes: readonly Write[], made: Version | undefined, truth: Truth): string[] {
  const problems: string[] = [];
  for (const { answer, base, process, begun } of writes) {
    const who = `${process} at ${begun.toFixed(0)}`;
    if (answer === undefined) continue;
    problems.push(...unlike(answer, truth, `acknowledged by ${who}`));
    if (base !== undefined && (answer.row !== base.row || answer.version !== base.version + 1))
      problems.push(`${base.row}: an update of version ${base.version} was acknowledged as ${answer.version}`);
  }
  const mayBe = writes.some(({ failure }) => failure === undefined || isUnknown(failure));
  if (made !== undefined && !mayBe) {
    const told = writes.map(({ failure }) => failure?.reason).join(", ");
    problems.push(`${made.row}: version ${made.version} was made by a command that was refused (${told}): ${text}`);
  }
  return problems;
}

function unlike(seen: Version, truth: Truth, how: string): string[] {
  const there = truth.get(seen.row)?.[seen.version - 1];
  if (there?.text === seen.text) return [];
  return [`${seen.row}: version ${seen.version} was ${how} as "${seen.text}", and is "${there?.text ?? "not there"}"`];
}

/** All calls with one key, answered, have one answer, and there is one row of it: at most one if none was answered. */
export function doubledEffects(history: readonly Operation[], truth: Truth): string[] {
  const storms = new Map<string, Write[]>();
  for (const operation of history)
    if (operation.kind === "write" && operation.key !== undefined) pushTo(storms, operation.key, operation);
  const rows = new Map<string, number>();
  for (const [first] of truth.values()) if (first !== undefined) rows.set(first.text, (rows.get(first.text) ?? 0) + 1);
  const violations: string[] = [];
  for (const [key, writes] of storms) {
    const answers = new Set(writes.flatMap(({ body }) => body ?? []));
    if (answers.size > 1) violations.push(`${key}: answered as ${[...answers].join(" and as ")}`);
    const effects = rows.get(writes[0]?.text ?? "") ?? 0;
    if (effects > 1 || (answers.size > 0 && effects === 0)) violations.push(`${key}: ${effects} effects`);
  }
  return violations;
}

/** A limit, and over how many processes it is divided where each counts for itself. */
export interface CheckedLimit {
  readonly bucket: string;
  readonly burst: number;
  /** Calls in a millisecond. */
  readonly rate: number;
  readonly instances: number;
}

/** Failures of calls that were turned away by their limit, or before it. */
const notCharged = new Set(["RATE_LIMITED", "OVERLOADED"]);

/**
 * Of the bucket no more was admitted than burst + rate × time, and for each process that lost the store its share of the
 * rate for as long, and one call.
 */
export function limitExcess(history: readonly Operation[], faults: readonly Fault[], limit: CheckedLimit): string[] {
  const charged = history.filter((each): each is Write => each.kind === "write" && each.bucket === limit.bucket);
  const admitted = charged.filter(({ failure }) => failure === undefined || !notCharged.has(failure.reason)).length;
  const time = Math.max(...charged.map(({ ended }) => ended)) - Math.min(...charged.map(({ begun }) => begun));
  let bound = limit.burst + limit.rate * time;
  for (const { from, until, lost } of faults)
    bound += lost.length * (1 + (limit.rate / limit.instances) * (until - from));
  if (admitted <= bound) return [];
  return [`${admitted} of ${charged.length} calls were admitted in ${time.toFixed(0)} ms, ${bound.toFixed(0)} may be`];
}

/** Failures that are true during faults like these, by what was asked. */
const honest: Readonly<Record<Operation["kind"], ReadonlySet<string>>> = {
  read: new Set([
    "UNAVAILABLE DATABASE_UNAVAILABLE",
    "UNAVAILABLE OVERLOADED",
    "RESOURCE_EXHAUSTED POOL_EXHAUSTED",
    "DEADLINE_EXCEEDED DEADLINE_EXCEEDED",
  ]),
  write: new Set([
    "UNAVAILABLE DATABASE_UNAVAILABLE",
    "UNAVAILABLE STORE_UNAVAILABLE",
    "UNAVAILABLE OVERLOADED",
    "RESOURCE_EXHAUSTED POOL_EXHAUSTED",
    "RESOURCE_EXHAUSTED RATE_LIMITED",
    "DEADLINE_EXCEEDED DEADLINE_EXCEEDED",
    "DEADLINE_EXCEEDED OUTCOME_UNKNOWN",
    "ABORTED IDEMPOTENCY_IN_PROGRESS",
    "ABORTED TRANSACTION_CONFLICT",
    "FAILED_PRECONDITION VERSION_CONFLICT",
    // Of the one who is only counted.
    "INVALID_ARGUMENT VALIDATION_FAILED",
  ]),
};

/** Every failure is one that can be true. A read never fails because the store is away. */
export function untrueFailures(history: readonly Operation[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind, failure } of history) {
    if (failure === undefined || honest[kind].has(textOf(failure))) continue;
    const line = `a ${kind} failed with ${textOf(failure)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${line}, ${count} times`);
}

/** Every call has ended in time: milliseconds, by its kind. */
export function lateAnswers(
  history: readonly Operation[],
  most: Readonly<Record<Operation["kind"], number>>,
): string[] {
  return history
    .filter(({ kind, begun, ended }) => ended - begun > most[kind])
    .map(({ kind, process, begun, ended }) => `a ${kind} of ${process} took ${(ended - begun).toFixed(0)} ms`);
}

/** After a fault each process answers writes and reads again within a time. Milliseconds from its end, by fault. */
export function recoveries(history: readonly Operation[], faults: readonly Fault[]): Map<Fault, number> {
  const good = history.filter(({ failure }) => failure === undefined);
  const firstAfter = (process: ProcessName, kind: Operation["kind"], time: number): number =>
    good.reduce(
      (first, each) =>
        each.kind === kind && each.process === process && each.begun >= time ? Math.min(first, each.ended) : first,
      Number.POSITIVE_INFINITY,
    );
  return new Map(
    faults.map((fault) => {
      const { until } = fault;
      const firsts = processNames.flatMap((name) => [
        firstAfter(name, "write", until),
        firstAfter(name, "read", until),
      ]);
      return [fault, Math.max(...firsts) - until];
    }),
  );
}

function textOf({ code, reason }: Failure): string {
  return `${code} ${reason}`;
}

function pushTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [value]);
  else there.push(value);
}
