// What came over a WebSocket and was not read yet.

import type { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import { cutOff } from "./frames.ts";

/** Characters that may wait for their reader. */
const mostWaiting = 16 * 1024 * 1024;

/** The messages of one socket, in order, for one reader. */
export class Inbox {
  /** Fulfilled when the connection stands; rejects with the error of one that could not be made. */
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  #waiting: string[] = [];
  #size = 0;
  #reader: PromiseWithResolvers<string> | undefined;
  #over: { readonly error: unknown } | undefined;
  readonly #opening = Promise.withResolvers<void>();

  /** `refused` makes the error of a connection that was never made. */
  constructor(socket: WebSocket, refused: () => AppError) {
    this.#socket = socket;
    this.opened = this.#opening.promise;
    this.opened.catch(() => undefined); // also where nobody waits for it any more
    socket.addEventListener("open", () => this.#opening.resolve());
    socket.addEventListener("message", ({ data }) => this.#add(String(data)));
    socket.addEventListener("close", () => {
      this.#opening.reject(refused());
      this.fail(cutOff());
    });
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** The next message, when it is there; rejects behind the last one. */
  next(): Promise<string> {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      this.#size -= first.length;
      return Promise.resolve(first);
    }
    if (this.#over !== undefined) return Promise.reject(this.#over.error);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** Ends it with an error, which its reader gets behind what has come before. The first one counts. */
  fail(error: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { error };
    this.#opening.reject(error);
    this.#reader?.reject(error);
  }

  /** Ends it with an error at once: what was not read yet is dropped. */
  abort(error: unknown): void {
    this.#waiting = [];
    this.fail(error);
  }

  #add(text: string): void {
    if (this.#over !== undefined) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#keep(text);
    else reader.resolve(text);
  }

  #keep(text: string): void {
    this.#waiting.push(text);
    this.#size += text.length;
    if (this.#size <= mostWaiting) return;
    this.abort(appError("SLOW_CONSUMER"));
    this.#socket.close();
  }
}
