// How the repository suite runs work on a source: in units, with a clock of its own.

import { randomUUID } from "node:crypto";
import { type DataContext, dataScope, type RowSource } from "../../repository/row-source.ts";
import type { Note } from "./suite-tables.ts";

/** A unit of work on the source under test. */
export interface SourceUnit {
  readonly rows: RowSource;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The source under test. */
export interface RepositorySubject {
  readonly features: {
    /** Several units may be open at once. */
    readonly concurrentUnits: boolean;
    /** Conditions in SQL. */
    readonly sql: boolean;
  };
  begin(): Promise<SourceUnit>;
}

/** What the suite needs of a test runner: `test(name, { skip }, run)`, as node:test and others have it. */
export interface TestRunner {
  test(name: string, options: { readonly skip?: string | false }, run: () => Promise<void>): unknown;
}

/** What a contract suite is given: a test runner and the way to the subject, which is there when the tests run. */
export interface RepositorySuite extends TestRunner {
  readonly subject: () => RepositorySubject;
  readonly features: RepositorySubject["features"];
}

/** The suite's time of day, unless a test says otherwise. */
export const noon = Date.parse("2026-11-22T12:00:00.000Z");

/** A context of a unit, which may write. */
export function contextOf(rows: RowSource, now = noon): DataContext {
  return { [dataScope]: { rows, clock: { now: () => now }, assertWritable: nothing, assertLockable: nothing } };
}

function nothing(): void {}

/** Runs work in a unit of its own and commits; rolls back when it throws. */
export async function inUnit<T>(
  subject: RepositorySubject,
  work: (ctx: DataContext) => Promise<T>,
  now = noon,
): Promise<T> {
  const unit = await subject.begin();
  try {
    const result = await work(contextOf(unit.rows, now));
    await unit.commit();
    return result;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/** Values of a note, in a folder of its own if none is given. */
export function noteValues(values: Partial<Pick<Note, "folderId" | "title" | "rank" | "body" | "colour">> = {}) {
  return {
    folderId: randomUUID(),
    title: randomUUID(),
    rank: 0,
    tags: ["a", "b"],
    extra: { deep: [1, null, "x"] },
    secretHash: "hash",
    ...values,
  };
}
