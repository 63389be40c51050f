// The items of a client stream as they come: the lines of the request's body, read only when the handler asks for more.

import type { IncomingMessage } from "node:http";
import { appError } from "../../../core/catalogue.ts";
import { JsonLines } from "../../../core/flow/json-lines.ts";

type Item = IteratorResult<unknown, undefined>;

const done: Item = { done: true, value: undefined };

/** Reads items. Rejects with AppError CANCELLED when the client is gone before its end. */
export class BodyItems implements AsyncIterator<unknown, undefined> {
  readonly #message: IncomingMessage;
  readonly #lines: JsonLines;
  #isBegun = false;
  #isClosed = false;
  #isEnded = false;
  /** Told when bytes came, or the end. */
  #wake: (() => void) | undefined;

  /** `limit`: bytes of one line. */
  constructor(message: IncomingMessage, limit: number) {
    this.#message = message;
    this.#lines = new JsonLines(limit);
  }

  async next(): Promise<Item> {
    for (;;) {
      if (this.#isClosed) return done;
      const line = this.#lines.next();
      if (line !== undefined) return { done: false, value: line.value };
      if (this.#isEnded) return done;
      await this.#more();
    }
  }

  return(): Promise<Item> {
    this.#isClosed = true;
    this.#message.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    this.#wake?.();
    return Promise.resolve(done);
  }

  #more(): Promise<void> {
    this.#begin();
    if (this.#message.destroyed) return Promise.reject(appError("CANCELLED"));
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        this.#wake = undefined;
        if (this.#isClosed || this.#isEnded || !this.#message.destroyed) resolve();
        else reject(appError("CANCELLED"));
      };
      this.#message.resume();
    });
  }

  #begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#message.on("data", this.#onData).once("end", this.#onEnd).once("close", this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#message.pause();
    this.#lines.push(bytes);
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    this.#lines.end();
    this.#wake?.();
  };

  readonly #onClose = (): void => this.#wake?.();
}
