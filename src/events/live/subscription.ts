// One reader of a key: takes what is at hand, reads what is older from the outbox, and waits at the present.

import { appError, toAppError } from "../../core/catalogue.ts";
import { sequenceFromCursor, unknownCursor } from "./cursor.ts";
import type { LiveEvent, LiveSubscription } from "./live-events.ts";
import type { LiveKey, Waiting } from "./live-key.ts";

/** What a subscription needs of the hub. */
export interface SubscriptionPorts {
  /** Events that who had reached the present may fall behind. */
  readonly mostBehind: number;
  /** The next events after a number; waits while the database is away. Rejects when `signal` aborts. */
  page(key: LiveKey, after: number, signal: AbortSignal): Promise<readonly LiveEvent[]>;
  /** The number of the key's last event, as of now. Likewise. */
  last(key: LiveKey, signal: AbortSignal): Promise<number>;
  /** Told once, when the subscription has ended; with what it ended, if that is an error. */
  left(subscription: Subscription, error: unknown): void;
}

type Result = IteratorResult<LiveEvent, undefined>;
const over: Result = { done: true, value: undefined };

/** See the port: LiveSubscription. What was at hand when it ended is not given any more: a cursor resumes it. */
export class Subscription implements LiveSubscription, Waiting {
  readonly key: LiveKey;
  readonly ready: Promise<void>;
  readonly #settled: () => void;
  readonly #ports: SubscriptionPorts;
  readonly #signal: AbortSignal;
  readonly #leaving = new AbortController();
  /** The number of the last event that was given. */
  #position: number | undefined;
  #wasPresent = false;
  /** From the first event that is kept, whichever that is. */
  #isFromFirst = false;
  #page: readonly LiveEvent[] = [];
  #pageIndex = 0;
  #isReading = false;
  #onPresent: (() => void) | undefined;
  #end: { readonly error: unknown } | undefined;
  #asking: { resolve(result: Result): void; reject(error: unknown): void } | undefined;

  constructor(key: LiveKey, signal: AbortSignal, ports: SubscriptionPorts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.key = key;
    this.ready = promise;
    this.#settled = resolve;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Settles where it begins. The hub calls it once. */
  begin(after: string | undefined): void {
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    const start = this.#signal.aborted ? Promise.reject(toAppError(this.#signal.reason)) : this.#findStart(after);
    start.then(
      () => {
        this.#settled();
        this.wake();
      },
      (error: unknown) => this.fail(error),
    );
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  next(): Promise<Result> {
    if (this.#asking !== undefined) return Promise.reject(new Error("A live subscription is read by one reader"));
    if (this.#end !== undefined) return this.#atEnd(this.#end);
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      this.#seek();
    });
  }

  return(): Promise<Result> {
    this.#finish(undefined);
    this.#end = { error: undefined };
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it with an error, for whoever reads. */
  fail(error: unknown): void {
    this.#finish(error);
  }

  /** There may be an event now, or it is known where the present is. */
  wake(): void {
    this.#onPresent?.();
    const asking = this.#asking;
    if (asking === undefined) return;
    const event = this.#take();
    if (event !== undefined) {
      this.#asking = undefined;
      asking.resolve({ done: false, value: event });
    } else this.#seek();
  }

  /** Who begins at the present of a key that is read already has his place at once. */
  async #findStart(after: string | undefined): Promise<void> {
    const { key } = this;
    const position = after === undefined ? undefined : sequenceFromCursor(after);
    if (key.last === undefined) await this.#present();
    const last = key.last ?? 0;
    // Another process may have seen it before this one.
    if (position !== undefined && position > last && position > (await this.#ports.last(key, this.#leaving.signal)))
      throw unknownCursor();
    this.#isFromFirst = position === 0;
    this.#position = position ?? last;
    this.#wasPresent = this.#position >= last;
  }

  /** Not a promise of the key: who has left would wait with it for as long as the database is away. */
  #present(): Promise<void> {
    this.key.waitFor(this);
    return new Promise((resolve) => {
      this.#onPresent = resolve;
    });
  }

  #take(): LiveEvent | undefined {
    if (this.#position === undefined) return undefined;
    const event = this.#fromPage() ?? this.key.eventAfter(this.#position);
    if (event !== undefined) this.#position = event.sequence;
    return event;
  }

  #fromPage(): LiveEvent | undefined {
    const event = this.#page[this.#pageIndex];
    if (event !== undefined) this.#pageIndex++;
    else if (this.#page.length > 0) this.#keep([]);
    return event;
  }

  #keep(page: readonly LiveEvent[]): void {
    this.#page = page;
    this.#pageIndex = 0;
  }

  /** Nothing is at hand: at the present it waits, else it reads on, one page at a time. */
  #seek(): void {
    if (this.#position === undefined || this.#isReading) return;
    if ((this.key.last ?? 0) > this.#position) {
      this.#readPage(this.#position).catch((error: unknown) => this.fail(error));
      return;
    }
    this.#wasPresent = true;
    this.key.waitFor(this);
  }

  async #readPage(position: number): Promise<void> {
    const present = this.key.last ?? 0;
    if (this.#wasPresent && present - position > this.#ports.mostBehind) throw appError("SLOW_CONSUMER");
    this.#isReading = true;
    const page = await this.#ports.page(this.key, position, this.#leaving.signal);
    this.#isReading = false;
    if (this.#end !== undefined) return;
    const mayBeginLater = this.#isFromFirst && position === 0;
    if (page[0]?.sequence !== position + 1 && !mayBeginLater) throw appError("CURSOR_EXPIRED");
    if (page.length === 0) this.#position = present;
    this.#keep(withoutHole(page));
    this.wake();
  }

  readonly #onAbort = (): void => this.#finish(toAppError(this.#signal.reason));

  #finish(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#leaving.abort(error);
    this.#keep([]);
    this.key.forgetWaiting(this);
    this.#ports.left(this, error);
    this.#settled();
    const asking = this.#asking;
    this.#asking = undefined;
    if (asking !== undefined) this.#atEnd(this.#end).then(asking.resolve, asking.reject);
  }

  /** The error is told once. */
  #atEnd({ error }: { readonly error: unknown }): Promise<Result> {
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve(over) : Promise.reject(error);
  }
}

/** What comes before the first number that is missing: an older event may be kept longer than one that follows it. */
function withoutHole(page: readonly LiveEvent[]): readonly LiveEvent[] {
  const first = page[0]?.sequence ?? 0;
  const hole = page.findIndex(({ sequence }, index) => sequence !== first + index);
  return hole === -1 ? page : page.slice(0, hole);
}
