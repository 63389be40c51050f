// Deliveries in order per key and in bounded number: a queue for each key, and so many keys at work at a time.

import { backoff, sleep } from "../../core/async.ts";

/** What the queues do with items. */
export interface KeyQueuesOptions<T> {
  /** Keys at work at a time. */
  readonly concurrency: number;
  /** Ends the queues: what has not begun is dropped. */
  readonly stopped: AbortSignal;
  /** Works on items of one key. When it rejects, the same items come again after a pause; other keys go on. */
  readonly deliver: (items: readonly T[]) => Promise<void>;
  /** Hears of a rejection. */
  readonly onFailure: (error: unknown, attempt: number) => void;
}

/** Items of one key that are delivered at once, at most. */
const itemsPerDelivery = 64;

/** Queues by key. Guarantee: a key's items are delivered in the order of `add`, one delivery at a time. */
export class KeyQueues<T> {
  readonly #options: KeyQueuesOptions<T>;
  readonly #queues = new Map<string, T[]>();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  #free: number;
  #size = 0;

  constructor(options: KeyQueuesOptions<T>) {
    this.#options = options;
    this.#free = options.concurrency;
  }

  /** Items that are waiting or being delivered. */
  get size(): number {
    return this.#size;
  }

  add(key: string, item: T): void {
    this.#size++;
    const queue = this.#queues.get(key);
    if (queue !== undefined) {
      queue.push(item);
      return;
    }
    this.#queues.set(key, [item]);
    const work = this.#work(key).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** Resolves when nothing is delivered any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #work(key: string): Promise<void> {
    const { stopped } = this.#options;
    const queue = this.#queues.get(key) ?? [];
    let attempt = 0;
    while (queue.length > 0) {
      await this.#acquire();
      const failed = stopped.aborted ? false : await this.#deliver(queue, attempt);
      this.#release();
      if (stopped.aborted) break;
      attempt = failed ? attempt + 1 : 0;
      if (failed) await sleep(50 + backoff(attempt, 100, 5_000), stopped).catch(() => {});
    }
    this.#size -= queue.length;
    this.#queues.delete(key);
  }

  async #deliver(queue: T[], attempt: number): Promise<boolean> {
    const items = queue.slice(0, itemsPerDelivery);
    try {
      await this.#options.deliver(items);
      queue.splice(0, items.length);
      this.#size -= items.length;
      return false;
    } catch (error) {
      if (!this.#options.stopped.aborted) this.#options.onFailure(error, attempt + 1);
      return true;
    }
  }

  #acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
