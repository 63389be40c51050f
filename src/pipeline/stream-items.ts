// What a client sends in a stream, as its handler reads it: checked, one message at a time, and only when asked for.

import { AppError } from "../core/app-error.ts";
import { toAppError } from "../core/catalogue.ts";
import { leave } from "../core/flow/leave.ts";

/** One message of a stream, or what is wrong with it. `index` counts from 0. */
export type SettledItem<T = unknown> =
  | { readonly ok: true; readonly index: number; readonly value: T }
  | { readonly ok: false; readonly index: number; readonly error: AppError };

/**
 * The messages that a client sends, in order, ending when the client has ended. Nothing is read ahead of the handler, so
 * that a client cannot send faster than its messages are handled. Read by one reader, who is at the end when he leaves
 * an iteration (`break`): what the client still sends is not read.
 *
 * Iterating throws the AppError of a message that is not what the contract says, with its place (`items[3].body`) in the
 * violations (iterating again goes on after it), and the call's own when it is cancelled.
 */
export interface Items<T> extends AsyncIterable<T> {
  /** Every message, also those that are wrong, for a handler that goes on after them. */
  settled(): AsyncIterable<SettledItem<T>>;
}

/** Makes a handler's message of what came. Throws AppError for what is not one. */
export type ItemCheck = (raw: unknown) => unknown;

type Settled = IteratorResult<SettledItem, undefined>;

const done: Settled = { done: true, value: undefined };

/** The items of a running call. */
export class StreamItems implements Items<unknown> {
  readonly #source: AsyncIterator<unknown>;
  #check: ItemCheck = (raw) => raw;
  #index = 0;
  #closed = false;
  #broken: AppError | undefined;
  #pending: PromiseWithResolvers<Settled> | undefined;

  constructor(source: AsyncIterator<unknown>) {
    this.#source = source;
  }

  /** Sets what each message must pass. */
  checkBy(check: ItemCheck): void {
    this.#check = check;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: async () => {
        const { done: isDone, value: item } = await this.#read();
        if (isDone === true) return done;
        if (item.ok) return { done: false, value: item.value };
        throw placed(item.error, item.index);
      },
      return: () => this.#finish(),
    };
  }

  settled(): AsyncIterable<SettledItem> {
    return {
      [Symbol.asyncIterator]: () => ({ next: () => this.#read(), return: () => this.#finish() }),
    };
  }

  /** Ends the reading with an error: that which waits, and all that come. The first error counts. */
  interrupt(error: AppError): void {
    this.#broken ??= error;
    this.#takePending()?.reject(this.#broken);
  }

  /** Tells the road that nobody reads on; who still does comes to the end. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#takePending()?.resolve(done);
    void leave(this.#source);
  }

  #read(): Promise<Settled> {
    if (this.#pending !== undefined) return Promise.reject(new Error("The items of a stream are read by one reader"));
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#closed) return Promise.resolve(done);
    const pending = Promise.withResolvers<Settled>();
    this.#pending = pending;
    // What comes after an interruption or the end was asked for by nobody who is still there.
    this.#source.next().then(
      (result) => {
        if (this.#pending !== pending) return;
        this.#pending = undefined;
        pending.resolve(result.done === true ? done : { done: false, value: this.#settle(result.value) });
      },
      (error: unknown) => {
        if (this.#pending === pending) this.#takePending()?.reject(error);
      },
    );
    return pending.promise;
  }

  #takePending(): PromiseWithResolvers<Settled> | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #settle(raw: unknown): SettledItem {
    const index = this.#index++;
    try {
      if (raw instanceof AppError) throw raw;
      return { ok: true, index, value: this.#check(raw) };
    } catch (thrown) {
      return { ok: false, index, error: toAppError(thrown) };
    }
  }

  #finish(): Promise<IteratorResult<never, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** The error with the message's place in its violations. */
function placed(error: AppError, index: number): AppError {
  if (error.violations === undefined) return error;
  const violations = error.violations.map(({ path, ...rest }) => ({
    ...rest,
    path: path === "" ? `items[${index}]` : `items[${index}].${path}`,
  }));
  const { code, reason, message, details, cause } = error;
  return new AppError({ code, reason, message, details, violations, cause });
}
