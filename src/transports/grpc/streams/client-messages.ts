// What the client of a client or bidi stream sends: first the message that opens it, then its items, pulled one by one.

import { AppError } from "../../../core/app-error.ts";
import { appError, toAppError } from "../../../core/catalogue.ts";
import type { Codec } from "../codec.ts";
import { streamFrame } from "../schema/build/stream-request.ts";

type Item = IteratorResult<unknown, undefined>;

interface Asking {
  resolve(item: Item): void;
  reject(error: AppError): void;
}

const done: Item = { done: true, value: undefined };

/**
 * The messages of one stream. Nothing is asked of the wire before somebody waits for it, so that the client meets HTTP/2
 * flow control as soon as its items are not read: what is kept here is what came in one frame.
 */
export class ClientMessages implements AsyncIterator<unknown, undefined> {
  /** What the stream opens with, or the AppError that says why it does not. Never rejects. */
  readonly opening: Promise<unknown>;
  readonly #startRead: () => void;
  readonly #request: Codec;
  #open: ((input: unknown) => void) | undefined;
  #asking: Asking | undefined;
  #ended = false;
  #broken: AppError | undefined;

  /** `startRead` asks the wire for one message, or the end. The first one is asked for at once. */
  constructor(request: Codec, startRead: () => void) {
    this.#request = request;
    this.#startRead = startRead;
    this.opening = new Promise((resolve) => (this.#open = resolve));
  }

  /** The next item; in the place of one that cannot be read, the AppError that says why. */
  next(): Promise<Item> {
    if (this.#open !== undefined) return this.opening.then(() => this.next());
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      this.#startRead();
    });
  }

  /** Nobody reads on. */
  return(): Promise<Item> {
    this.halfClosed();
    return Promise.resolve(done);
  }

  /** A message came. */
  received(bytes: Buffer): void {
    const open = this.#open;
    const asking = this.#asking;
    this.#asking = undefined;
    if (open !== undefined) this.#opened(openingFrom(this.#request, bytes));
    else asking?.resolve({ done: false, value: itemFrom(this.#request, bytes) });
  }

  /** The client has ended. */
  halfClosed(): void {
    this.#ended = true;
    if (this.#open !== undefined) this.#opened(notOpened());
    this.#asking?.resolve(done);
    this.#asking = undefined;
  }

  /** Nothing more can be read. */
  broken(error: AppError): void {
    this.#broken ??= error;
    this.#opened(error);
    this.#asking?.reject(error);
    this.#asking = undefined;
  }

  #opened(input: unknown): void {
    this.#open?.(input);
    this.#open = undefined;
  }
}

function openingFrom(request: Codec, bytes: Buffer): unknown {
  const message = decoded(request, bytes);
  return message instanceof AppError ? message : (message[streamFrame.open.name] ?? notOpened());
}

function itemFrom(request: Codec, bytes: Buffer): unknown {
  const message = decoded(request, bytes);
  if (message instanceof AppError) return message;
  const item = message[streamFrame.item.name];
  if (item !== undefined) return item;
  return streamFrame.open.name in message
    ? refused("The stream is open already: each message after the first must be an `item`")
    : refused("The message is empty: it must be an `item`");
}

function notOpened(): AppError {
  return refused("The first message of the stream must be `open`");
}

function refused(message: string): AppError {
  return appError("MALFORMED_MESSAGE", { message });
}

function decoded(request: Codec, bytes: Buffer): Record<string, unknown> | AppError {
  try {
    return request.decode(bytes);
  } catch (thrown) {
    return toAppError(thrown);
  }
}
