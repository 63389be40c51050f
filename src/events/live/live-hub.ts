// Follows keys over the outbox: one loop reads what is new for all keys that are followed, and hands it to all who follow
// them. Whoever begins in the past, or falls behind what is kept at hand, reads pages of his own until he is there.

import { backoff, Semaphore, sleep } from "../../core/async.ts";
import { appError } from "../../core/catalogue.ts";
import type { Database } from "../../database/database.ts";
import type { EventsLog } from "../observer.ts";
import { outboxChannel } from "../outbox.ts";
import { WakeSignal } from "../wake-signal.ts";
import type { LiveEvents } from "./live-events.ts";
import { LiveKey } from "./live-key.ts";
import { lastSequence, newsOf, pageAfter } from "./live-queries.ts";
import { Subscription, type SubscriptionPorts } from "./subscription.ts";

/** What the hub needs. */
export interface LiveHubOptions {
  readonly database: Database;
  readonly log: EventsLog;
  /** Milliseconds between two looks when no hint comes. */
  readonly pollInterval?: number;
}

/** The live events of a process. */
export interface LiveHub extends LiveEvents {
  /** How many follow how many keys. */
  readonly stats: { readonly subscribers: number; readonly keys: number };
  /** Ends all subscriptions with SHUTTING_DOWN. */
  close(): void;
}

/** Keys that are asked for in one statement, and events of each that it may give. */
const keysAtOnce = 1000;
const eventsAtOnce = 100;
/** Pasts that are read at a time: calls need the connections too. */
const pastsAtOnce = 2;

/** Makes the hub of a process. It costs nothing while nobody follows. */
export function createLiveHub(options: LiveHubOptions): LiveHub {
  return new OutboxHub(options);
}

class OutboxHub implements LiveHub {
  readonly #database: Database;
  readonly #log: EventsLog;
  readonly #pollInterval: number;
  readonly #keys = new Map<string, LiveKey>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #pasts = new Semaphore(pastsAtOnce);
  readonly #bell = new WakeSignal();
  #isReading = false;
  #isClosed = false;

  constructor({ database, log, pollInterval = 1000 }: LiveHubOptions) {
    this.#database = database;
    this.#log = log;
    this.#pollInterval = pollInterval;
  }

  get stats() {
    return { subscribers: this.#subscriptions.size, keys: this.#keys.size };
  }

  follow({ stream, key, after, signal }: Parameters<LiveEvents["follow"]>[0]): Subscription {
    const followed = this.#keyOf(stream, key);
    followed.followers++;
    const subscription = new Subscription(followed, after, signal, this.#ports);
    this.#subscriptions.add(subscription);
    if (this.#isClosed) subscription.fail(appError("SHUTTING_DOWN"));
    else if (!this.#isReading) void this.#read();
    return subscription;
  }

  close(): void {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.fail(appError("SHUTTING_DOWN"));
    this.#bell.ring();
  }

  readonly #ports: SubscriptionPorts = {
    page: (key, after, signal) =>
      this.#pasts.run(() =>
        this.#patiently(signal, () =>
          pageAfter(this.#database, { stream: key.stream, key: key.key, last: after }, { signal }),
        ),
      ),
    last: (key, signal) => this.#patiently(signal, () => lastSequence(this.#database, key.stream, key.key, { signal })),
    left: (subscription) => {
      this.#subscriptions.delete(subscription);
      const { key } = subscription;
      if (--key.followers === 0) this.#keys.delete(nameOf(key.stream, key.key));
      if (this.#keys.size === 0) this.#bell.ring();
    },
  };

  #keyOf(stream: string, key: string): LiveKey {
    const name = nameOf(stream, key);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const made = new LiveKey(stream, key);
    this.#keys.set(name, made);
    return made;
  }

  /** The present, for as long as anybody follows anything. */
  async #read(): Promise<void> {
    this.#isReading = true;
    const end = this.#database.wakeups.listen(outboxChannel, () => this.#bell.ring());
    let failures = 0;
    while (this.#keys.size > 0) {
      try {
        const isMore = await this.#readNews();
        failures = 0;
        if (!isMore) await this.#bell.wait(this.#pollInterval);
      } catch (error) {
        if (failures === 0) this.#log.warn({ err: error }, "live events wait for the database");
        await sleep(backoff(failures++, 100, 5_000));
      }
    }
    end();
    this.#isReading = false;
  }

  /** Whether there may be more than was read. */
  async #readNews(): Promise<boolean> {
    const keys = [...this.#keys.values()].filter(({ last }) => last !== undefined);
    let isMore = false;
    for (let from = 0; from < keys.length; from += keysAtOnce) {
      const positions = keys.slice(from, from + keysAtOnce).map(({ stream, key, last = 0 }) => ({ stream, key, last }));
      const counts = new Map<LiveKey, number>();
      for (const { stream, key, event, bytes } of await newsOf(this.#database, positions, eventsAtOnce)) {
        const followed = this.#keys.get(nameOf(stream, key));
        if (followed === undefined) continue;
        followed.take(event, bytes);
        counts.set(followed, (counts.get(followed) ?? 0) + 1);
      }
      for (const [key, count] of counts) {
        key.wakeAll();
        isMore ||= count === eventsAtOnce;
      }
    }
    return isMore;
  }

  /** Tries again until it works or nobody waits for it any more. */
  async #patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (attempt === 0) this.#log.warn({ err: error }, "live events wait for the database");
        await sleep(backoff(attempt, 100, 5_000), signal);
      }
    }
  }
}

function nameOf(stream: string, key: string): string {
  return `${stream}\n${key}`;
}
