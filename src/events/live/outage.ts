// Says once that the database is away, and once that it is back, however many wait for it.

import { isAppError } from "../../core/app-error.ts";
import { DatabaseError } from "../../database/database-error.ts";
import type { EventsLog } from "../observer.ts";

/** What became of the last attempt, for the log. */
export class Outage {
  readonly #log: EventsLog;
  #isOn = false;

  constructor(log: EventsLog) {
    this.#log = log;
  }

  failed(error: unknown): void {
    if (!this.#isOn) this.#log.warn({ err: error }, "Live events could not be read; trying again");
    this.#isOn = true;
  }

  worked(): void {
    if (this.#isOn) this.#log.info({}, "Live events are read again");
    this.#isOn = false;
  }
}

/** Whether trying again may help: not where the database refuses the statement itself. */
export function mayPass(error: unknown): boolean {
  return error instanceof DatabaseError ? error.kind !== "statement" : isAppError(error);
}
