// Follows keys over the outbox: one loop reads what is new for the keys that are followed, and hands it to all who follow
// them. Whoever begins in the past, or falls behind what is kept at hand, reads pages of his own until he is there.
//
// Why nothing is missed or repeated: a key's numbers are committed in order (see live-queries.ts), and everything that
// is handed out follows the number of what was handed out before, wherever it is read from. Hints only say when to look.
// A broker would take the place of the loop; gaps and pasts would be read here as they are now.

import { isAppError } from "../../core/app-error.ts";
import { backoff, Semaphore, sleep } from "../../core/async.ts";
import { appError } from "../../core/catalogue.ts";
import type { CallLimits, Database } from "../../database/database.ts";
import type { EventsLog } from "../observer.ts";
import type { FollowOptions, LiveEvents } from "./live-events.ts";
import { LiveKeys } from "./live-keys.ts";
import { defaultLimits, type LiveLimits } from "./live-limits.ts";
import { lastSequence, pageAfter } from "./live-queries.ts";
import { LiveReader } from "./live-reader.ts";
import { mayPass, Outage } from "./outage.ts";
import { Subscription, type SubscriptionPorts } from "./subscription.ts";

/** What the hub needs. */
export interface LiveHubOptions {
  readonly database: Database;
  readonly log: EventsLog;
  /** Milliseconds between two looks when no hint comes; 1,000 if not given. */
  readonly pollInterval?: number;
  readonly limits?: Partial<LiveLimits>;
}

/** The live events of a process. */
export interface LiveHub extends LiveEvents {
  readonly stats: LiveStats;
  /** Ends all subscriptions with SHUTTING_DOWN. Resolves when nothing is read any more. */
  close(): Promise<void>;
}

/** What is followed, for the metrics page. */
export interface LiveStats {
  readonly subscribers: number;
  /** Keys that are followed, each read once. */
  readonly keys: number;
  /** Events kept in memory. */
  readonly atHand: number;
  /** Subscriptions that ended since the start because they were read too slowly. */
  readonly cutOff: number;
}

/** Pasts that are read at a time: calls need the connections too. */
const pastsAtOnce = 2;
/** Milliseconds. */
const statementTimeout = 10_000;

/** Makes the hub of a process. It costs nothing while nobody follows, and three connections at most. */
export function createLiveHub(options: LiveHubOptions): LiveHub {
  return new OutboxHub(options);
}

class OutboxHub implements LiveHub {
  readonly #database: Database;
  readonly #limits: LiveLimits;
  readonly #outage: Outage;
  readonly #keys: LiveKeys;
  readonly #reader: LiveReader;
  readonly #ports: SubscriptionPorts;
  readonly #subscriptions = new Set<Subscription>();
  readonly #pasts = new Semaphore(pastsAtOnce);
  readonly #closing = new AbortController();
  #cutOff = 0;

  constructor({ database, log, pollInterval = 1_000, limits }: LiveHubOptions) {
    this.#database = database;
    this.#limits = { ...defaultLimits, ...limits };
    this.#outage = new Outage(log);
    this.#keys = new LiveKeys(database.wakeups, this.#limits, () => this.#reader.ring());
    this.#reader = new LiveReader({
      ...{ database, keys: this.#keys, outage: this.#outage, pollInterval },
      broken: (error) => this.#failAll(error),
      ...{ pageEvents: this.#limits.pageEvents, signal: this.#closing.signal },
    });
    this.#ports = {
      mostBehind: this.#limits.mostBehind,
      page: ({ stream, key }, last, signal) =>
        this.#past(signal, (bounds) =>
          pageAfter(database, { stream, key, last, limit: this.#limits.pageEvents }, bounds),
        ),
      last: ({ stream, key }, signal) =>
        this.#past(signal, (bounds) => lastSequence(this.#database, stream, key, bounds)),
      left: (subscription, error) => this.#left(subscription, error),
    };
  }

  get stats(): LiveStats {
    const { size: keys, atHand } = this.#keys;
    return { subscribers: this.#subscriptions.size, keys, atHand, cutOff: this.#cutOff };
  }

  follow({ stream, key, after, signal }: FollowOptions): Subscription {
    // The database refuses such text, and with it all that is asked in the same statement.
    if (key.includes("\0")) throw new Error("An event's key has no zero character");
    const subscription = new Subscription(this.#keys.enter(stream, key), signal, this.#ports);
    this.#subscriptions.add(subscription);
    if (this.#closing.signal.aborted) subscription.fail(appError("SHUTTING_DOWN"));
    else subscription.begin(after);
    this.#reader.ring();
    return subscription;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#failAll(appError("SHUTTING_DOWN"));
    await this.#reader.ended();
  }

  #failAll(error: unknown): void {
    for (const subscription of this.#subscriptions) subscription.fail(error);
  }

  #left(subscription: Subscription, error: unknown): void {
    this.#subscriptions.delete(subscription);
    this.#keys.leave(subscription.key);
    if (isAppError(error) && error.reason === "SLOW_CONSUMER") this.#cutOff++;
    if (this.#keys.size === 0) this.#reader.ring();
  }

  /** Reads what is past in its turn; tries again until it works or nobody waits for it any more. */
  #past<T>(signal: AbortSignal, read: (limits: CallLimits) => Promise<T>): Promise<T> {
    return this.#pasts.run(async () => {
      for (let attempt = 0; ; attempt++) {
        signal.throwIfAborted();
        try {
          const result = await read({ signal, deadline: Date.now() + statementTimeout });
          this.#outage.worked();
          return result;
        } catch (error) {
          signal.throwIfAborted();
          // A database that cannot do it at all is not away.
          if (!mayPass(error)) throw error;
          this.#outage.failed(error);
          await sleep(100 + backoff(attempt, 100, 5_000), signal);
        }
      }
    }, signal);
  }
}
