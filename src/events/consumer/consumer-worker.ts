// One consumer at work on one key's events: each is applied once and in its turn, moved over, or parked.

import { isAppError } from "../../core/app-error.ts";
import { backoff, sleep } from "../../core/async.ts";
import type { Database } from "../../database/database.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { ConsumerSpec, StoredEvent } from "../event-record.ts";
import type { ConsumerMetrics, EventsLog } from "../observer.ts";
import { eventColumns, storedEventFromRow } from "../outbox.ts";
import { type Standing, standingFromRow, standingOf, takeTurn } from "./inbox.ts";
import { errorText, parkBehind, type Settlement, settles, settleWithoutHandler } from "./parking.ts";
import { SkipBatcher } from "./skips.ts";

/** What a worker needs. */
export interface ConsumerWorkerOptions {
  readonly database: Database;
  readonly spec: ConsumerSpec;
  readonly log: EventsLog;
  readonly metrics: ConsumerMetrics;
}

/** Times that a handler may fail before its key is parked. */
const tries = 3;
/** Missing events that are fetched at once. */
const fetchLimit = 100;

const missingText = `
select ${eventColumns} from trivium.outbox o
where o.stream = $1 and o.key = $2 and o.sequence >= $3 and o.sequence < $4
order by o.sequence limit $5`;

/** Applies events for one consumer. */
export class ConsumerWorker {
  readonly #database: Database;
  readonly #spec: ConsumerSpec;
  readonly #log: EventsLog;
  readonly #metrics: ConsumerMetrics;
  readonly #skips: SkipBatcher;

  constructor(options: ConsumerWorkerOptions) {
    this.#database = options.database;
    this.#spec = options.spec;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#skips = new SkipBatcher(options.database, options.spec.name, options.spec.stream);
  }

  /**
   * Settles events of one key, in order. Guarantee: when it resolves each was applied (now or before), moved over or
   * parked. Rejects when the database cannot be reached, when transactions keep conflicting, or when the signal aborts:
   * then the same events must come again.
   */
  async deliver(events: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    let skipped: StoredEvent[] = [];
    for (const event of events) {
      const follows = skipped.length === 0 || skipped.at(-1)?.sequence === event.sequence - 1;
      const skip = this.#verdict(event) === "skip";
      if (!skip || !follows) {
        await this.#moveOver(skipped, signal);
        skipped = [];
      }
      if (skip) skipped.push(event);
      else await this.#settle(event, signal);
    }
    await this.#moveOver(skipped, signal);
  }

  async #moveOver(events: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    const moved = await this.#skips.move({ key: first.key, first: first.sequence, last: last.sequence });
    if (moved) this.#metrics.count("skipped", this.#spec.name, events.length);
    else for (const event of events) await this.#settle(event, signal);
  }

  async #settle(event: StoredEvent, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      signal.throwIfAborted();
      try {
        const standing = await this.#attempt(event, signal);
        if (standing.kind !== "gap") return;
        await this.#fillGap(event, standing.from, signal);
      } catch (error) {
        if (signal.aborted || isPassing(error)) throw error;
        failures++;
        this.#log.warn({ ...this.#about(event), err: error, failures }, "An event could not be applied");
        if (failures >= tries) {
          const parked = await this.#without(event, { reason: "FAILED", error: errorText(error) });
          if (parked.kind !== "gap") return;
        }
        this.#metrics.count("retried", this.#spec.name, 1);
        await sleep(50 + backoff(failures, 100, 1_000), signal);
      }
    }
  }

  /** One try. `gap`: nothing was done, other events come first. Else the event is settled. */
  async #attempt(event: StoredEvent, signal: AbortSignal): Promise<Standing> {
    const { name, prepare } = this.#spec;
    const verdict = this.#verdict(event);
    if (verdict === "skip") return this.#without(event, "skip");
    if (verdict === "too new") {
      const error = `${event.type} has version ${event.version}, which this consumer does not know yet`;
      return this.#without(event, { reason: "TOO_NEW", error });
    }
    if (prepare === undefined) return this.#apply(event, undefined, signal);
    const standing = standingFromRow((await this.#database.query(standingOf(name, event))).rows[0], event);
    if (standing.kind === "next") return this.#apply(event, await prepare(event, signal), signal);
    if (standing.kind !== "behind") return standing;
    const settled = await this.#without(event, { reason: "BEHIND" });
    return settled.kind === "next" ? this.#attempt(event, signal) : settled;
  }

  async #apply(event: StoredEvent, prepared: unknown, signal: AbortSignal): Promise<Standing> {
    const { name } = this.#spec;
    // A unit that meets a conflict asks again: the last answer counts.
    const found: { standing: Standing } = { standing: { kind: "applied" } };
    await this.#spec.run(
      event,
      async (unit) => {
        found.standing = await takeTurn(unit, name, event);
        if (found.standing.kind === "behind") await parkBehind(unit, name, event);
        return found.standing.kind === "next";
      },
      prepared,
      signal,
    );
    if (found.standing.kind === "next") this.#metrics.count("applied", name, 1);
    if (found.standing.kind === "behind") this.#metrics.count("parked", name, 1);
    return found.standing;
  }

  async #without(event: StoredEvent, settlement: Settlement): Promise<Standing> {
    const { name } = this.#spec;
    const standing = await settleWithoutHandler(this.#database, name, event, settlement);
    if (!settles(standing, settlement)) return standing;
    this.#metrics.count(settlement === "skip" ? "skipped" : "parked", name, 1);
    if (settlement !== "skip" && settlement.reason !== "BEHIND") {
      this.#log.error({ ...this.#about(event), reason: settlement.reason }, "A key is parked");
    }
    // Settled, also where events before it are lost.
    return standing.kind === "gap" ? { kind: "applied" } : standing;
  }

  /** The key is held: what is missing is applied first, from the outbox, even if it is not published yet. */
  async #fillGap(event: StoredEvent, from: number, signal: AbortSignal): Promise<void> {
    this.#log.warn({ ...this.#about(event), from }, "Events are missing before this one; fetching them");
    this.#metrics.count("gap", this.#spec.name, 1);
    const { rows } = await this.#database.query({
      name: "trivium_gap",
      text: missingText,
      values: [event.stream, event.key, from, event.sequence, fetchLimit],
    });
    for (const row of rows) await this.#settle(storedEventFromRow(row), signal);
    // Events of a key commit in order: what the outbox does not show now was there and is gone.
    if (rows.length > 0) return;
    await this.#without(event, { reason: "GAP_LOST", error: `Events ${from} to ${event.sequence - 1} are gone` });
  }

  #verdict(event: StoredEvent): ReturnType<ConsumerSpec["verdict"]> {
    return this.#spec.verdict(event.type, event.version);
  }

  #about(event: StoredEvent): object {
    const { id, stream, key, sequence, type } = event;
    return { consumer: this.#spec.name, event: { id, stream, key, sequence, type } };
  }
}

const passingReasons = new Set([
  ...["DATABASE_UNAVAILABLE", "POOL_EXHAUSTED", "OUTCOME_UNKNOWN", "TRANSACTION_CONFLICT", "SHUTTING_DOWN"],
]);
const passingKinds = new Set(["unavailable", "outcome unknown", "conflict", "cancelled"]);

/** Whether a failure says nothing about the event: an outage, or transactions in each other's way. It parks no key. */
function isPassing(error: unknown): boolean {
  if (error instanceof DatabaseError) return passingKinds.has(error.kind);
  return isAppError(error) && passingReasons.has(error.reason);
}
