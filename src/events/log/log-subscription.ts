// A member of a group that reads the log: owns shards, reads them by place, delivers in order per key, keeps positions.

import { backoff, sleep } from "../../core/async.ts";
import type { Database } from "../../database/database.ts";
import type { Row } from "../../database/statement.ts";
import type { Subscriber, Subscription } from "../event-bus.ts";
import type { StoredEvent } from "../event-record.ts";
import type { EventsLog } from "../observer.ts";
import { storedEventFromRow } from "../outbox.ts";
import type { Membership, Ownership } from "../ownership.ts";
import { WakeSignal } from "../wake-signal.ts";
import { KeyQueues } from "./key-queues.ts";
import { groupPositions, keepPositions, readLog } from "./positions.ts";
import { ShardLease } from "./shard-lease.ts";

/** What a subscription needs. */
export interface LogSubscriptionOptions {
  readonly database: Database;
  readonly log: EventsLog;
  readonly ownership: Ownership;
  readonly subscriber: Subscriber;
  /** Where growth of the log is said. */
  readonly channel: string;
  readonly pollInterval: number;
  readonly stopTimeout: number;
}

interface Item {
  readonly lease: ShardLease;
  readonly event: StoredEvent;
  readonly done: () => void;
}

/** Records that one reading gives of the shards that are behind; and as many of all together. */
const window = 512;
/** Milliseconds that a delivery may take to end once it was aborted. */
const abortPatience = 1_000;
/** Milliseconds between two keepings of positions. What was delivered in between comes again after a crash. */
const keepInterval = 250;

/** See the port: Subscription. */
export class LogSubscription implements Subscription {
  readonly #options: LogSubscriptionOptions;
  readonly #leases = new Map<number, ShardLease>();
  /** Shards that were gained and whose position is not yet known. */
  readonly #gained = new Set<number>();
  readonly #stopping = new AbortController();
  readonly #abort = new AbortController();
  readonly #wake = new WakeSignal();
  readonly #queues: KeyQueues<Item>;
  readonly #membership: Membership;
  readonly #unlisten: () => void;
  readonly #loop: Promise<void>;
  /** Shards whose last reading came to its limit. */
  #full = new Set<number>();
  /** Nothing is read until the queues run low. */
  #saturated = false;
  #keptAt = 0;
  #stopped: Promise<void> | undefined;

  static open(options: LogSubscriptionOptions): LogSubscription {
    return new LogSubscription(options);
  }

  private constructor(options: LogSubscriptionOptions) {
    this.#options = options;
    this.#queues = new KeyQueues({
      concurrency: options.subscriber.concurrency,
      stopped: this.#stopping.signal,
      deliver: (items) => this.#deliver(items),
      onFailure: (error, attempt) =>
        options.log.warn(
          { consumer: options.subscriber.group, err: error, attempt },
          "Events could not be delivered; they will be again",
        ),
    });
    this.#unlisten = options.database.wakeups.listen(options.channel, () => this.#wake.ring());
    this.#membership = options.ownership.join(`consumer:${options.subscriber.group}`, {
      gained: (shards) => {
        for (const shard of shards) this.#gained.add(shard);
        this.#wake.ring();
      },
      lost: (shards) => this.#lost(shards),
    });
    this.#loop = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#unlisten();
    this.#stopping.abort();
    this.#wake.ring();
    await this.#endDeliveries();
    await this.#loop;
    // A position that is not kept means that events come again, which does no harm.
    await this.#keep([...this.#leases.values()]).catch(() => {});
    await this.#membership.leave();
  }

  /** What does not even end when it is aborted is left behind: its events come again, to another. */
  async #endDeliveries(): Promise<void> {
    const { stopTimeout } = this.#options;
    const idle = this.#queues.idle();
    const ended = new AbortController();
    const late = async (): Promise<void> => {
      await sleep(stopTimeout, ended.signal);
      this.#abort.abort();
      await sleep(abortPatience, ended.signal);
    };
    await Promise.race([idle, late().catch(() => {})]);
    ended.abort();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#adoptGained();
        await this.#keepNowAndThen();
        this.#saturated = this.#queues.size >= window / 2;
        const more = !this.#saturated && (await this.#read());
        failures = 0;
        if (!more) await this.#wake.wait(this.#unkept() ? keepInterval : this.#options.pollInterval);
      } catch (error) {
        failures++;
        const { group } = this.#options.subscriber;
        this.#options.log.warn({ consumer: group, err: error, failures }, "The log could not be read; trying again");
        // Hints do not end this pause: there may be many of them.
        await sleep(100 + backoff(failures, 100, 5_000), this.#stopping.signal).catch(() => {});
      }
    }
  }

  async #adoptGained(): Promise<void> {
    if (this.#gained.size === 0) return;
    const { rows } = await this.#options.database.query(
      groupPositions(this.#options.subscriber.group, [...this.#gained]),
    );
    for (const row of rows) {
      // The casts repeat the statement's column types. A shard may have been lost meanwhile.
      const shard = row.shard as number;
      if (this.#gained.delete(shard)) this.#leases.set(shard, new ShardLease(shard, row.log_offset as number));
    }
  }

  async #lost(shards: readonly number[]): Promise<void> {
    const leases: ShardLease[] = [];
    for (const shard of shards) {
      this.#gained.delete(shard);
      const lease = this.#leases.get(shard);
      if (lease === undefined) continue;
      lease.active = false;
      this.#leases.delete(shard);
      leases.push(lease);
    }
    const running = Promise.allSettled(leases.map((lease) => lease.running));
    await Promise.race([running, sleep(this.#options.stopTimeout, this.#stopping.signal, true).catch(() => {})]);
    // What was delivered was: keeping the position is right even if the shard is another's already.
    await this.#keep(leases).catch(() => {});
  }

  /** Reads what came to the owned shards. Says whether there may be more at once. */
  async #read(): Promise<boolean> {
    const leases = [...this.#leases.values()];
    if (leases.length === 0) return false;
    const most = new Map(leases.map(({ shard }) => [shard, this.#shareOf(shard, leases.length)]));
    const places = leases.map(({ shard, read }) => ({ shard, read, most: most.get(shard) ?? 0 }));
    const { rows } = await this.#options.database.query(readLog(this.#options.subscriber.stream, places));
    const full = new Set<number>();
    for (const [shard, found] of Map.groupBy(rows, (row) => row.shard as number)) {
      const lease = this.#leases.get(shard);
      // Only what was asked for with this lease: the shard may have been lost and gained again.
      if (lease === undefined || !leases.includes(lease)) continue;
      const events = found.filter((row) => row.id !== null);
      for (const row of events) await this.#accept(lease, row);
      if (events.length === most.get(shard)) full.add(shard);
      // Cast: the log's end as the statement saw it. Nothing can come to a place before it.
      else lease.read = found[0]?.head as number;
    }
    this.#full = full;
    return full.size > 0;
  }

  /** Records that one reading gives of a shard at most. */
  #shareOf(shard: number, owned: number): number {
    return Math.min(128, Math.max(8, Math.floor(window / (this.#full.has(shard) ? this.#full.size : owned))));
  }

  async #accept(lease: ShardLease, row: Row): Promise<void> {
    const place = row.log_offset as number;
    const event = storedEventFromRow(row);
    if (event.key === "" || event.type === "") {
      await this.#options.subscriber.unreadable({
        source: `log/${lease.shard}/${place}`,
        record: JSON.stringify(event),
        error: "The record has no key or no type",
      });
      lease.read = place;
      return;
    }
    lease.read = place;
    this.#queues.add(event.key, { lease, event, done: lease.track(place) });
  }

  async #deliver(items: readonly Item[]): Promise<void> {
    const mine = items.filter((item) => item.lease.active);
    const lease = mine[0]?.lease;
    // What was read for a lease that ended is left to the next owner.
    if (lease === undefined) return;
    const events = mine.map((item) => item.event);
    await lease.run(this.#options.subscriber.deliver(events, this.#abort.signal));
    for (const item of mine) item.done();
    if (this.#saturated && this.#queues.size < window / 4) this.#wake.ring();
  }

  #unkept(): boolean {
    return this.#leases.values().some((lease) => lease.delivered > lease.committed || lease.busy);
  }

  async #keepNowAndThen(): Promise<void> {
    const now = performance.now();
    if (now - this.#keptAt < keepInterval) return;
    this.#keptAt = now;
    await this.#keep([...this.#leases.values()]);
  }

  async #keep(leases: readonly ShardLease[]): Promise<void> {
    const moved = leases
      .map((lease) => ({ lease, place: lease.delivered }))
      .filter(({ lease, place }) => place > lease.committed);
    if (moved.length === 0) return;
    await this.#options.database.query(
      keepPositions(
        this.#options.subscriber.group,
        moved.map(({ lease, place }) => ({ shard: lease.shard, place })),
      ),
    );
    for (const { lease, place } of moved) lease.committed = place;
  }
}
