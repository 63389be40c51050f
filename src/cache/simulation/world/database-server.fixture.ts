// A small versioned database: rows with all their versions, row locks, and the invalidation rows of units. A row's
// version is the number of the COMMIT that wrote it, as in the model.

import { DatabaseError } from "../../../database/database-error.ts";
import type { Row, Statement } from "../../../database/statement.ts";
import type { Rows, Versions } from "../../model/state.ts";
import type { Invalidation } from "../../unit-fences.ts";

/** The names of the rows: row r of the model. */
export const rowNames = ["x", "y"] as const;

interface Written {
  readonly version: number;
  readonly value: number;
}

interface KeptInvalidation extends Invalidation {
  readonly createdAt: number;
  relayed: boolean;
}

/** What a transaction is on the server. */
export interface Work {
  readonly id: number;
  readonly readOnly: boolean;
  state: "open" | "failed" | "committed" | "rolled back";
  /** Number of the last COMMIT that it sees; undefined: its first statement has yet to run, or it sees every COMMIT. */
  snapshot: number | undefined;
  readonly writes: Map<number, number>;
  invalidation: Invalidation | undefined;
}

/** The server. Every method is one moment. */
export class DatabaseServer {
  /** What each COMMIT wrote, in order. */
  readonly commits: Rows[] = [];
  readonly #rows: Written[][];
  readonly #locks = new Map<number, Work>();
  readonly #versions = new Map([[0, 0]]);
  #invalidations: KeptInvalidation[] = [];
  readonly #committed = new Set<number>();
  #works = 0;
  readonly #now: () => number;

  constructor(rows: number, now: () => number) {
    this.#rows = Array.from({ length: rows }, () => [{ version: 0, value: 0 }]);
    this.#now = now;
  }

  /** What is committed now. */
  get versions(): Versions {
    return this.#rows.map((written) => written.at(-1)?.version ?? 0);
  }

  /** The number of the COMMIT that wrote a value; undefined: none did. */
  versionOf(value: number): number | undefined {
    return this.#versions.get(value);
  }

  isCommitted(id: number): boolean {
    return this.#committed.has(id);
  }

  begin(readOnly: boolean): Work {
    const id = ++this.#works;
    return { id, readOnly, state: "open", snapshot: undefined, writes: new Map(), invalidation: undefined };
  }

  /** Whether a statement must wait for a row that another one writes. */
  mustWait(work: Work, { text, values }: Statement): boolean {
    const holder = text === "update" ? this.#locks.get(rowOf(values)) : undefined;
    return work.state === "open" && holder !== undefined && holder !== work;
  }

  /** Runs a statement of a transaction. Throws DatabaseError. */
  run(work: Work, { text, values }: Statement): readonly Row[] {
    if (work.state !== "open") throw new DatabaseError("aborted", "the transaction has failed");
    switch (text) {
      case "find":
        return [this.#find(work, values)];
      case "update":
        this.#locks.set(rowOf(values), work);
        work.writes.set(rowOf(values), Number(values[1]));
        return [{ id: values[0], value: values[1] }];
      case "flush":
        work.invalidation = values[0] as Invalidation | undefined; // as the records of api-process.fixture.ts give it
        return [];
      default:
        throw new Error(`the simulated database does not know: ${text}`);
    }
  }

  commit(work: Work): void {
    if (work.state !== "open") {
      this.rollback(work);
      throw new DatabaseError("aborted", "the transaction has failed");
    }
    work.state = "committed";
    this.#committed.add(work.id);
    if (work.writes.size > 0) {
      const version = this.commits.push([...work.writes.keys()].reduce((rows, row) => rows | (1 << row), 0));
      for (const [row, value] of work.writes) {
        this.#rows[row]?.push({ version, value });
        this.#versions.set(value, version);
      }
    }
    if (work.invalidation !== undefined)
      this.#invalidations.push({ ...work.invalidation, createdAt: this.#now(), relayed: false });
    this.#release(work);
  }

  /** Makes a transaction fail: all that it may still do is roll back. */
  fail(work: Work): void {
    work.state = "failed";
  }

  rollback(work: Work): void {
    if (work.state === "committed") return;
    work.state = "rolled back";
    this.#release(work);
  }

  /** The statements of src/cache/invalidations.ts. */
  runAlone({ text, values }: Statement): readonly Row[] {
    if (text.includes("select id, token, tags from trivium.invalidation"))
      return this.#invalidations
        .filter(({ relayed, createdAt }) => !relayed && createdAt < this.#now() - 5_000)
        .map(({ id, token, tags }) => ({ id, token, tags }));
    const ids = new Set(values[0] as string[]); // both take a list of ids
    if (text.startsWith("delete from trivium.invalidation"))
      this.#invalidations = this.#invalidations.filter(({ id }) => !ids.has(id));
    else if (text.includes("update trivium.invalidation set relayed_at"))
      for (const kept of this.#invalidations) kept.relayed ||= ids.has(kept.id);
    else return this.run(this.begin(true), { text, values });
    return [];
  }

  #find(work: Work, values: readonly unknown[]): Row {
    const row = rowOf(values);
    if (work.readOnly) work.snapshot ??= this.commits.length;
    const seen = work.snapshot ?? this.commits.length;
    const own = work.writes.get(row);
    const value = own ?? this.#rows[row]?.findLast(({ version }) => version <= seen)?.value;
    return { id: values[0], value };
  }

  #release(work: Work): void {
    for (const [row, holder] of this.#locks) if (holder === work) this.#locks.delete(row);
  }
}

/** The row that a statement names by its key: one of these names. */
function rowOf([name]: readonly unknown[]): number {
  return rowNames.indexOf(name as (typeof rowNames)[number]);
}
