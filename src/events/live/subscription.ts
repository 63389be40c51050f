// One reader of a key: takes what is at hand, reads what is older from the outbox, and waits at the present.

import { appError, toAppError } from "../../core/catalogue.ts";
import { sequenceFromCursor, unknownCursor } from "./cursor.ts";
import type { LiveEvent, LiveSubscription } from "./live-events.ts";
import type { LiveKey, Waiting } from "./live-key.ts";

/** What a subscription needs of the hub. */
export interface SubscriptionPorts {
  /** The next events after a number; waits while the database is away. Rejects when `signal` aborts. */
  page(key: LiveKey, after: number, signal: AbortSignal): Promise<readonly LiveEvent[]>;
  /** The number of the key's last event, as of now. Likewise. */
  last(key: LiveKey, signal: AbortSignal): Promise<number>;
  /** Told once, when the subscription has ended. */
  left(subscription: Subscription): void;
}

/** Events that a reader who was at the present may fall behind. */
const mostBehind = 10_000;

type Result = IteratorResult<LiveEvent, undefined>;
const over: Result = { done: true, value: undefined };

/** See the port: LiveSubscription. */
export class Subscription implements LiveSubscription, Waiting {
  readonly key: LiveKey;
  readonly ready: Promise<void>;
  readonly #ports: SubscriptionPorts;
  readonly #signal: AbortSignal;
  readonly #leaving = new AbortController();
  /** The number of the last event that was given. */
  #position: number | undefined;
  #wasPresent = false;
  #page: LiveEvent[] = [];
  #end: { readonly error: unknown } | undefined;
  #waiting: { resolve(result: Result): void; reject(error: unknown): void } | undefined;

  constructor(key: LiveKey, after: string | undefined, signal: AbortSignal, ports: SubscriptionPorts) {
    this.key = key;
    this.#ports = ports;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#position = after === undefined ? key.last : undefined;
    const begun = signal.aborted ? Promise.reject(signal.reason) : this.#begin(after);
    this.ready = begun.catch((error: unknown) => this.fail(error));
  }

  next(): Promise<Result> {
    if (this.#waiting !== undefined) return Promise.reject(new Error("A live subscription is read by one reader"));
    const event = this.#position === undefined ? undefined : this.#atHand(this.#position);
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#end !== undefined) return this.#atEnd(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      void this.ready.then(() => this.wake());
    });
  }

  return(): Promise<Result> {
    this.#finish(undefined);
    this.#page = [];
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it with an error, after what is at hand. */
  fail(error: unknown): void {
    this.#finish(error);
  }

  /** There may be an event now. */
  wake(): void {
    if (this.#waiting === undefined || this.#position === undefined) return;
    const event = this.#atHand(this.#position);
    if (event !== undefined) this.#settle((waiting) => waiting.resolve({ done: false, value: event }));
    else if ((this.key.last ?? 0) <= this.#position) {
      this.#wasPresent = true;
      this.key.waitFor(this);
    } else this.#readPage(this.#position).catch((error: unknown) => this.fail(error));
  }

  async #begin(after: string | undefined): Promise<void> {
    const { signal } = this.#leaving;
    if (this.key.last === undefined) this.key.beginAt(await this.#ports.last(this.key, signal));
    if (after === undefined) {
      this.#position ??= this.key.last;
      return;
    }
    const position = sequenceFromCursor(after);
    // Another process may have seen it before this one.
    if (position > (this.key.last ?? 0) && position > (await this.#ports.last(this.key, signal))) throw unknownCursor();
    this.#position = position;
  }

  #atHand(position: number): LiveEvent | undefined {
    const event = this.#page.shift() ?? this.key.eventAfter(position);
    if (event !== undefined) this.#position = event.sequence;
    return event;
  }

  async #readPage(position: number): Promise<void> {
    if (this.#wasPresent && (this.key.last ?? 0) - position > mostBehind) throw appError("SLOW_CONSUMER");
    const page = await this.#ports.page(this.key, position, this.#leaving.signal);
    if (page[0]?.sequence !== position + 1) throw appError("CURSOR_EXPIRED");
    this.#page = [...page];
    this.wake();
  }

  readonly #onAbort = (): void => this.#finish(toAppError(this.#signal.reason));

  #finish(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#leaving.abort(error);
    this.#settle((waiting) => (error === undefined ? waiting.resolve(over) : this.#reject(waiting, error)));
    this.#ports.left(this);
  }

  #reject(waiting: { reject(error: unknown): void }, error: unknown): void {
    this.#end = { error: undefined };
    waiting.reject(error);
  }

  /** The error is told once. */
  #atEnd({ error }: { readonly error: unknown }): Promise<Result> {
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve(over) : Promise.reject(error);
  }

  #settle(how: (waiting: { resolve(result: Result): void; reject(error: unknown): void }) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}
