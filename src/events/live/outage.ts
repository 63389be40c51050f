// Says once that the database is away, and once that it is back, however many wait for it.

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
