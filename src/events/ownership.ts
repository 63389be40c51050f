// Which process works on which shards: fair shares by a table of members, one owner at a time by locks.
// Relay and consumers both use it. It only saves work: correctness never rests on it.

import { uuidv7 } from "../core/ids.ts";
import type { Database, Lock, Locks } from "../database/database.ts";
import type { EventsLog } from "./observer.ts";
import { shardCount } from "./shard.ts";

/** Shares out the shards of a role among all processes that joined it. */
export interface Ownership {
  /** Takes part in a role; `holder` is told from now on what this process owns. */
  join(role: string, holder: ShardHolder): Membership;
}

/** Hears what it owns. */
export interface ShardHolder {
  /** These shards are this process's now. */
  gained(shards: readonly number[]): void;
  /** No new work on these shards; resolves when running work on them is done. They may be another's already. */
  lost(shards: readonly number[]): Promise<void>;
}

/** Taking part in a role. */
export interface Membership {
  /** Gives everything up, without calling `lost`; the next owners have it within about a second. Never throws. */
  leave(): Promise<void>;
}

/** What ownership needs. */
export interface OwnershipOptions {
  readonly database: Database;
  readonly log: EventsLog;
  readonly locks?: Locks;
  /** Milliseconds between two looks at the members. */
  readonly interval?: number;
}

/** Shards are locked in groups of four, so at most sixteen processes share a role. */
const groupCount = 16;
const groupSize = shardCount / groupCount;

const heartbeatText = `
with self as (
  insert into trivium.shard_member (role, member, groups, seen_at) values ($1, $2, $3, clock_timestamp())
  on conflict (role, member) do update set groups = excluded.groups, seen_at = excluded.seen_at
), forgotten as (
  delete from trivium.shard_member where role = $1 and seen_at < clock_timestamp() - interval '1 minute'
)
select member::text, groups from trivium.shard_member
where role = $1 and member <> $2 and seen_at > clock_timestamp() - make_interval(secs => $4::double precision)`;

/**
 * Ownership by the database's locks. Guarantees: while the locks hold, a shard has one owner per role; members that
 * live have equal shares, within one group, a few intervals after the last change; a dead member's shards are taken
 * over within four intervals of its locks' end.
 */
export function createOwnership(options: OwnershipOptions): Ownership {
  return {
    join(role, holder) {
      const member = new Member(role, holder, options);
      member.start();
      return member;
    },
  };
}

class Member implements Membership {
  readonly #id = uuidv7();
  readonly #role: string;
  readonly #holder: ShardHolder;
  readonly #database: Database;
  readonly #locks: Locks;
  readonly #log: EventsLog;
  readonly #interval: number;
  readonly #held = new Map<number, Lock>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #left = false;
  #failing = false;

  constructor(role: string, holder: ShardHolder, options: OwnershipOptions) {
    this.#role = role;
    this.#holder = holder;
    this.#database = options.database;
    this.#locks = options.locks ?? options.database.locks;
    this.#log = options.log;
    this.#interval = options.interval ?? 1_000;
  }

  start(): void {
    this.#running = this.#round().finally(() => {
      if (!this.#left) this.#timer = setTimeout(() => this.start(), this.#interval * (0.9 + Math.random() * 0.2));
    });
  }

  async leave(): Promise<void> {
    this.#left = true;
    clearTimeout(this.#timer);
    await this.#running;
    const locks = [...this.#held.values()];
    this.#held.clear();
    await Promise.allSettled(locks.map((lock) => lock.release()));
    await this.#database
      .query({
        text: "delete from trivium.shard_member where role = $1 and member = $2",
        values: [this.#role, this.#id],
      })
      // Not deleted, it is forgotten after a few intervals.
      .catch(() => {});
  }

  async #round(): Promise<void> {
    try {
      const others = await this.#heartbeat();
      const share = fairShare(
        this.#id,
        others.map((other) => other.id),
      );
      if (this.#held.size > share) await this.#giveUp([...this.#held.keys()].slice(share));
      else await this.#take(share, others);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ role: this.#role, err: error }, "Shards cannot be shared out; trying again");
      this.#failing = true;
    }
  }

  async #heartbeat(): Promise<readonly { readonly id: string; readonly groups: number }[]> {
    const { rows } = await this.#database.query({
      name: "trivium_shard_member",
      text: heartbeatText,
      values: [this.#role, this.#id, maskFromGroups(this.#held.keys()), (this.#interval * 3) / 1_000],
    });
    // The casts repeat the column types of the statement.
    return rows.map((row) => ({ id: row.member as string, groups: row.groups as number }));
  }

  async #take(share: number, others: readonly { readonly groups: number }[]): Promise<void> {
    const taken = others.reduce((mask, other) => mask | other.groups, maskFromGroups(this.#held.keys()));
    for (const group of shuffled(groupCount)) {
      if (this.#held.size >= share || this.#left) return;
      if ((taken & (1 << group)) === 0) await this.#tryTake(group);
    }
  }

  async #tryTake(group: number): Promise<void> {
    const lock = await this.#locks.tryAcquire(`events:${this.#role}:${group}`);
    if (lock === undefined) return;
    this.#held.set(group, lock);
    lock.lost.addEventListener("abort", () => this.#onLost(group, lock), { once: true });
    if (lock.lost.aborted) this.#onLost(group, lock);
    else this.#holder.gained(shardsOf(group));
  }

  #onLost(group: number, lock: Lock): void {
    if (this.#held.get(group) !== lock) return;
    this.#held.delete(group);
    void this.#holder.lost(shardsOf(group));
  }

  async #giveUp(groups: readonly number[]): Promise<void> {
    await this.#holder.lost(groups.flatMap(shardsOf));
    for (const group of groups) {
      const lock = this.#held.get(group);
      this.#held.delete(group);
      await lock?.release();
    }
  }
}

/** How many groups a member should have: everyone the same, the remainder to the first by id. */
function fairShare(self: string, others: readonly string[]): number {
  const members = [self, ...others].sort();
  const remainder = groupCount % members.length;
  return Math.floor(groupCount / members.length) + (members.indexOf(self) < remainder ? 1 : 0);
}

function shardsOf(group: number): number[] {
  return Array.from({ length: groupSize }, (_, index) => group * groupSize + index);
}

function maskFromGroups(groups: Iterable<number>): number {
  let mask = 0;
  for (const group of groups) mask |= 1 << group;
  return mask;
}

/** 0 to `count - 1` in random order, so that members who look at once do not try the same locks. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ index, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ index }) => index);
}
