// What clients were told, held against what is promised to them: the model's own promises, of a read's start here.

import { isAppError } from "../../core/app-error.ts";
import { brokenBy, newest, type Promised, type Promises } from "../model/promises.ts";
import type { Versions } from "../model/state.ts";
import type { DatabaseServer } from "./world/database-server.fixture.ts";

/**
 * A promise of the model, or one that only the end of a schedule can tell. REST: when all has come to rest, reads give
 * what is committed. TRUTH: a write that surely failed was not committed. ERROR: nothing fails in a way of its own.
 */
export type Claim = Promised | "REST" | "TRUTH" | "ERROR";

/** What a client may be told: the write has surely not happened, or that is not known. */
const sureFailures = new Set(["STORE_UNAVAILABLE", "TRANSACTION_CONFLICT", "DATABASE_UNAVAILABLE"]);

/** A promise that was broken. */
export interface Broken {
  readonly claim: Claim;
  readonly words: string;
}

/** The history of one schedule. */
export class History {
  broken: Broken | undefined;
  readonly #server: DatabaseServer;
  readonly #claims: readonly Promised[];
  #acknowledged: Versions;
  #observed: Versions;
  readonly #refused: number[] = [];

  constructor(server: DatabaseServer, claims: readonly Promised[]) {
    this.#server = server;
    this.#claims = claims;
    this.#acknowledged = server.versions.map(() => 0);
    this.#observed = this.#acknowledged;
  }

  /** What a read that starts now is owed. */
  start(): Promises {
    return { commits: this.#server.commits, acknowledged: this.#acknowledged, observed: this.#observed };
  }

  /** A read was answered. */
  read(who: string, values: readonly number[], owed: Promises): void {
    const versions = values.map((value) => this.#server.versionOf(value) ?? Number.NaN);
    const claim = brokenBy(owed, versions, this.#claims);
    if (claim !== undefined)
      this.break(
        claim,
        `${who} was given the versions ${versions.join(", ")}; acknowledged were ${owed.acknowledged.join(", ")}, seen ${owed.observed.join(", ")}`,
      );
    this.#observed = newest(this.#observed, versions);
  }

  /** A write was acknowledged. */
  written(value: number, rows: readonly number[]): void {
    const version = this.#server.versionOf(value);
    if (version === undefined) this.break("TRUTH", "a write was acknowledged that was not committed");
    else this.#acknowledged = this.#acknowledged.map((old, row) => (rows.includes(row) ? Math.max(old, version) : old));
  }

  /** A call failed; `value` is what it would have written. */
  failed(error: unknown, value: number | undefined): void {
    if (!isAppError(error)) this.break("ERROR", `a call failed with ${String(error)}`);
    else if (value !== undefined && sureFailures.has(error.reason)) this.#refused.push(value);
  }

  /** All has come to rest, and a process then read this. */
  atRest(who: string, values: readonly number[]): void {
    const versions = values.map((value) => this.#server.versionOf(value));
    if (versions.join() !== this.#server.versions.join())
      this.break(
        "REST",
        `${who} reads the versions ${versions.join(", ")}; committed are ${this.#server.versions.join(", ")}`,
      );
    const lie = this.#refused.find((value) => this.#server.versionOf(value) !== undefined);
    if (lie !== undefined)
      this.break("TRUTH", `a write that was refused is committed as ${this.#server.versionOf(lie)}`);
  }

  /** The first one is what counts. */
  break(claim: Claim, words: string): void {
    this.broken ??= { claim, words };
  }
}
