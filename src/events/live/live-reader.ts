// The present: one loop that asks what came to the keys that may have news, many keys in one statement, and hands it out.

import { backoff, sleep } from "../../core/async.ts";
import type { Database } from "../../database/database.ts";
import { WakeSignal } from "../wake-signal.ts";
import type { LiveKey } from "./live-key.ts";
import type { LiveKeys } from "./live-keys.ts";
import { newsOf } from "./live-queries.ts";
import { mayPass, type Outage } from "./outage.ts";

/** Keys that are asked for in one statement. */
const keysAtOnce = 256;
/** Milliseconds. */
const statementTimeout = 10_000;

/** What the loop needs. */
export interface LiveReaderOptions {
  readonly database: Database;
  readonly keys: LiveKeys;
  readonly outage: Outage;
  /** Told what the database refuses for good. */
  broken(error: unknown): void;
  /** Events of one key in one statement. */
  readonly pageEvents: number;
  /** Milliseconds after which all keys are looked at, though no hint came. */
  readonly pollInterval: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Runs while there are keys; uses one connection at most. */
export class LiveReader {
  readonly #options: LiveReaderOptions;
  readonly #bell = new WakeSignal();
  #loop: Promise<void> | undefined;

  constructor(options: LiveReaderOptions) {
    this.#options = options;
  }

  /** There is something to look at, or nothing any more. */
  ring(): void {
    this.#bell.ring();
    if (this.#options.keys.size > 0 && !this.#options.signal.aborted) this.#loop ??= this.#run();
  }

  /** Resolves when the loop has ended, after the signal. Never rejects. */
  async ended(): Promise<void> {
    this.#bell.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { keys, pollInterval, signal } = this.#options;
    let failures = 0;
    let lookedAt = performance.now();
    while (keys.size > 0 && !signal.aborted) {
      const since = performance.now() - lookedAt;
      if (since >= pollInterval) {
        keys.markAll();
        lookedAt += since;
      }
      const due = keys.takeDue(keysAtOnce);
      if (due.length === 0) await this.#bell.wait(pollInterval - since);
      else if (await this.#tryRead(due)) failures = 0;
      // Hints do not end this pause: there may be many of them.
      else await sleep(100 + backoff(failures++, 100, 5_000), signal).catch(() => {});
    }
    this.#loop = undefined;
  }

  async #tryRead(due: readonly LiveKey[]): Promise<boolean> {
    const { keys, outage, signal, broken } = this.#options;
    try {
      await this.#read(due);
      outage.worked();
      return true;
    } catch (error) {
      if (!mayPass(error)) {
        broken(error);
        return true;
      }
      if (!signal.aborted) outage.failed(error);
      keys.mark(due);
      return false;
    }
  }

  async #read(due: readonly LiveKey[]): Promise<void> {
    const { database, keys, pageEvents, signal } = this.#options;
    const limits = { signal, deadline: Date.now() + statementTimeout };
    const { byPlace, isFull } = await newsOf(database, due, pageEvents, limits);
    const unfinished = due.filter((key, place) => {
      const news = byPlace.get(place);
      if (news === undefined) return isFull;
      keys.hand(key, news);
      return news.events.length > 0 && (key.last ?? 0) < news.head;
    });
    keys.mark(unfinished);
  }
}
