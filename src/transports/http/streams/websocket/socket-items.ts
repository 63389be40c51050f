// The items of a bidi stream: what the client's frames brought, until the handler asks for them.

import type { WebSocket } from "ws";
import type { AppError } from "../../../../core/app-error.ts";
import type { ClientFrame } from "./frames.ts";

type Item = IteratorResult<unknown, undefined>;

interface Waiting {
  resolve(item: Item): void;
  reject(error: AppError): void;
}

const done: Item = { done: true, value: undefined };

/** Bytes of frames that may wait before nothing more is read from the connection. */
const waitingLimit = 64 * 1024;

/** Bytes that a frame takes beside its own while it waits, about. */
const frameCost = 64;

/** Items in the order of their frames. What one read from the connection brought may wait in memory, and no more. */
export class SocketItems implements AsyncIterator<unknown, undefined> {
  readonly #onAsked: () => void;
  #queue: unknown[] = [];
  #at = 0;
  #bytes = 0;
  #waiting: Waiting | undefined;
  #socket: WebSocket | undefined;
  #isEnded = false;
  #isClosed = false;
  #error: AppError | undefined;

  /** `onAsked` opens the connection, and is called when the first item is asked for. */
  constructor(onAsked: () => void) {
    this.#onAsked = onAsked;
  }

  /** Whether the client has sent its end. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The connection that is not read while too much waits. */
  readFrom(socket: WebSocket): void {
    this.#socket = socket;
  }

  /** Takes a frame of so many bytes. */
  take(frame: ClientFrame, bytes: number): void {
    if (frame === "end") {
      this.#isEnded = true;
      this.#waiting?.resolve(done);
      this.#waiting = undefined;
    } else if (this.#waiting !== undefined) {
      this.#waiting.resolve({ done: false, value: frame.item });
      this.#waiting = undefined;
    } else if (!this.#isClosed) {
      this.#queue.push(frame.item);
      this.#bytes += bytes + frameCost;
      if (this.#bytes > waitingLimit) this.#socket?.pause();
    }
  }

  /** No more comes: the handler learns why after what came before. */
  fail(error: AppError): void {
    if (this.#isEnded) return;
    this.#error ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  next(): Promise<Item> {
    if (this.#socket === undefined) this.#onAsked();
    if (this.#isClosed) return Promise.resolve(done);
    if (this.#at < this.#queue.length) return Promise.resolve({ done: false, value: this.#shift() });
    if (this.#isEnded) return Promise.resolve(done);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  /** Nobody asks for more: what comes is dropped, so that the client's close is still heard. */
  return(): Promise<Item> {
    this.#isClosed = true;
    this.#empty();
    this.#waiting?.resolve(done);
    this.#waiting = undefined;
    return Promise.resolve(done);
  }

  #shift(): unknown {
    const value = this.#queue[this.#at];
    this.#queue[this.#at++] = undefined;
    if (this.#at === this.#queue.length) this.#empty();
    return value;
  }

  #empty(): void {
    this.#queue = [];
    this.#at = 0;
    this.#bytes = 0;
    if (this.#socket?.isPaused === true) this.#socket.resume();
  }
}
