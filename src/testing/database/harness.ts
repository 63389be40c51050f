// What the contract suite of the database port is given, and what its tests share.

import { randomBytes } from "node:crypto";
import type { Database } from "../../database/database.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import { identifier, type Sql, sql } from "../../database/statement.ts";

/** The test function of a runner, such as that of node:test. */
export type TestFunction = (name: string, options: { skip: string | false }, run: () => Promise<void>) => unknown;

/** How a test wants its database. */
export interface OpenOptions {
  /** Connections of the pool; 5 if not given. An adapter may have fewer. */
  readonly max?: number;
  /** Milliseconds that a call waits for a connection. */
  readonly waitTimeout?: number;
  readonly observe?: DatabaseObserver;
}

/** An adapter under test. */
export interface DatabaseHarness {
  /** Names the adapter in the names of the tests. */
  readonly name: string;
  readonly features: Database["features"];
  /** The database of tests that need nothing special. They leave it open and usable. */
  common(): Promise<Database>;
  /** A database of the test's own: on the same data, as another process has it, where the adapter is shared. */
  open(options?: OpenOptions): Promise<Database>;
}

/** A database with a table of the test's own, `(id int primary key, body text unique deferrable)`. */
export interface Fixture {
  readonly database: Database;
  readonly table: Sql;
}

/** Defines tests over one adapter. */
export class SuiteTests {
  readonly harness: DatabaseHarness;
  readonly #test: TestFunction;

  constructor(test: TestFunction, harness: DatabaseHarness) {
    this.#test = test;
    this.harness = harness;
  }

  /** A test that every adapter must pass. With options (also empty ones) it has a database of its own. */
  always(name: string, run: (fixture: Fixture) => Promise<void>, options?: OpenOptions): void {
    this.#define(name, false, run, options);
  }

  /** A test for adapters with a feature; on others it is skipped with the reason. */
  needs(
    feature: keyof Database["features"],
    name: string,
    run: (fixture: Fixture) => Promise<void>,
    options?: OpenOptions,
  ): void {
    const reason = `${this.harness.name} does not have the feature ${feature}`;
    this.#define(name, this.harness.features[feature] ? false : reason, run, options);
  }

  #define(
    name: string,
    skip: string | false,
    run: (fixture: Fixture) => Promise<void>,
    options: OpenOptions | undefined,
  ): void {
    this.#test(`${this.harness.name}: ${name}`, { skip }, async () => {
      const database = await (options === undefined ? this.harness.common() : this.harness.open(options));
      try {
        const table = identifier(`t_${randomBytes(6).toString("hex")}`);
        await database.query(sql`create table ${table} (id int primary key, body text unique deferrable)`);
        await run({ database, table });
      } finally {
        if (options !== undefined) await database.close();
      }
    });
  }
}

/** How many rows the fixture's table has. */
export async function countOf({ database, table }: Fixture): Promise<unknown> {
  const { rows } = await database.query(sql`select count(*) as n from ${table}`);
  return rows[0]?.n;
}

/** Resolves once the condition holds; fails the test after five seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within five seconds: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
