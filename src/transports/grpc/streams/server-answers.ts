// What the server of a stream sends: no more on its way at a time than a client takes soon.

import type { AppError } from "../../../core/app-error.ts";
import { appError } from "../../../core/catalogue.ts";

/** Bytes that may wait for the client, beside one whole message. */
const room = 64 * 1024;

/** Milliseconds in which a client must take what waits for it. */
export const slowAfter = 30_000;

interface Waiting {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: AppError): void;
  readonly timer: NodeJS.Timeout;
}

/** Sends bytes; `sent` is told when the client's connection has taken them. */
export type SendMessage = (bytes: Buffer, sent: () => void) => void;

/**
 * The answers of one stream, kept within bounds: `send` answers a promise as soon as more waits for the client than has
 * room, fulfilled when there is room again. A client for which it is not within `patience` milliseconds is given up with
 * SLOW_CONSUMER.
 */
export class ServerAnswers {
  readonly #sendMessage: SendMessage;
  readonly #patience: number;
  #unsent = 0;
  #waiting: Waiting | undefined;
  #broken: AppError | undefined;

  constructor(sendMessage: SendMessage, patience: number) {
    this.#sendMessage = sendMessage;
    this.#patience = patience;
  }

  /** Throws, or rejects with, the AppError for which the client takes no more. */
  send(bytes: Buffer): void | Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const { length } = bytes;
    this.#unsent += length;
    this.#sendMessage(bytes, () => this.#sent(length));
    if (this.#unsent > room) return this.#roomAgain();
  }

  /** Nothing more can be sent: who waits is told so. */
  broken(error: AppError): void {
    this.#broken ??= error;
    this.#settle((waiting) => waiting.reject(error));
  }

  #sent(length: number): void {
    this.#unsent -= length;
    if (this.#unsent <= room) this.#settle((waiting) => waiting.resolve());
  }

  #roomAgain(): Promise<void> {
    if (this.#waiting === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => this.broken(appError("SLOW_CONSUMER")), this.#patience);
      this.#waiting = { promise, resolve, reject, timer };
    }
    return this.#waiting.promise;
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    clearTimeout(waiting.timer);
    how(waiting);
  }
}
