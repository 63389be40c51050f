// The answer of a server stream while it is written: its head, its records, heartbeats, and its last record.

import type { ServerResponse } from "node:http";
import { untilTaken } from "../outflow.ts";
import type { StreamTimes } from "../times.ts";
import type { AnswerForm } from "./answer-form.ts";

/** Characters that are written at once, however fast more come. */
const batch = 16 * 1024;

/** Writes one stream. Nothing is written after `end`. */
export class StreamAnswer {
  readonly #response: ServerResponse;
  readonly #form: AnswerForm;
  readonly #times: StreamTimes;
  readonly #head: () => string[];
  /** What was sent in this turn of the event loop: it goes out as one piece. */
  #pending = "";
  #isScheduled = false;
  #isQuiet = false;
  #opening: NodeJS.Timeout | undefined;
  #heart: NodeJS.Timeout | undefined;

  /** `head` gives the headers, names and values in turn. */
  constructor(response: ServerResponse, form: AnswerForm, times: StreamTimes, head: () => string[]) {
    this.#response = response;
    this.#form = form;
    this.#times = times;
    this.#head = head;
  }

  /** Whether the head is out: from then on an error is a record. */
  get isOpen(): boolean {
    return this.#response.headersSent;
  }

  /** Opens the stream after a while, if nothing else does. */
  openSoon(): void {
    this.#opening = setTimeout(() => this.open(), this.#times.openAfter);
  }

  /** Sends the head. */
  open(): void {
    this.#begin();
    if (this.#pending === "") this.#response.flushHeaders();
    else this.#flush();
  }

  /** Writes an answer; a promise where the client has to read first. */
  send(answer: unknown): Promise<void> | undefined {
    if (!this.isOpen) this.#begin();
    this.#isQuiet = false;
    this.#pending += this.#form.item(answer);
    if (this.#pending.length >= batch) this.#flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      process.nextTick(() => this.#flush());
    }
    return untilTaken(this.#response, this.#times.patience);
  }

  /**
   * Writes the last record: the end, or the error whose problem object is given. `isLast`: the connection is closed after
   * it, though the head may have said nothing of that.
   */
  end(problem: string | undefined, isLast: boolean): void {
    if (!this.isOpen) this.#begin();
    this.#pending += problem === undefined ? this.#form.end : this.#form.error(problem);
    this.#flush();
    this.stop();
    const response = this.#response;
    const { socket } = response;
    if (isLast) response.once("finish", () => socket?.destroySoon());
    response.end();
    const cut = setTimeout(() => response.destroy(), this.#times.patience).unref();
    response.once("close", () => clearTimeout(cut));
  }

  /** Ends what goes on by itself. */
  stop(): void {
    clearTimeout(this.#opening);
    clearInterval(this.#heart);
  }

  #begin(): void {
    clearTimeout(this.#opening);
    if (this.#response.destroyed || this.isOpen) return;
    this.#response.writeHead(200, this.#head());
    this.#pending = this.#form.start() + this.#pending;
    this.#heart = setInterval(() => this.#beat(), this.#times.heartbeat);
  }

  #beat(): void {
    if (this.#isQuiet && !this.#response.writableNeedDrain) this.#response.write(this.#form.heartbeat);
    this.#isQuiet = true;
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.#pending === "" || this.#response.destroyed || this.#response.writableEnded) return;
    this.#response.write(this.#pending);
    this.#pending = "";
  }
}
