// A store made of the model's own rules (model/rules.ts), so that a part of the protocol can be left out of it; and the
// oracle of what the real stores answer.

import { type Answer, type Fill, fenceLife, type Lookup, maxEntryLife, type Question } from "../../store/store.ts";
import type { Without } from "../model/parts.ts";
import { bump, isAboveFloor, isHit, isOfThisLife, isUnfenced, leaseOf, mayFill } from "../model/rules.ts";
import { type CacheStore, type Entry, replaced } from "../model/state.ts";
import { closedFor, type LivingStore } from "./world/store-lives.fixture.ts";

interface Kept extends Entry {
  readonly body: Uint8Array;
  readonly expires: number;
}

/** How it is made. */
export interface RuleStoreOptions {
  /** Milliseconds. */
  readonly now: () => number;
  /** What is left out. */
  readonly without?: Without;
  /** Whether an entry that is found stale is dropped at once: then nobody looks at its tags' fences any more. */
  readonly dropsStale?: boolean;
}

/** The store, less what is left out. It keeps no limits. */
export class RuleStore implements LivingStore {
  readonly kind = "memory";
  readonly isReachable = true;
  readonly #now: () => number;
  readonly #without: Without;
  readonly #dropsStale: boolean;
  #state: CacheStore = { clock: 0, floor: 0, boot: 1, closed: false, invalidated: [], fences: [], entry: undefined };
  #isSealed = false;
  #opensAt = 0;
  /** A tag's place among them is its bit in the model's sets. */
  readonly #tags: string[] = [];
  readonly #known = new Set<number>();
  readonly #bumpedAt = new Map<number, number>();
  readonly #expiries = new Map<number, Map<string, number>>();
  readonly #entries = new Map<string, Kept>();

  constructor({ now, without = {}, dropsStale = false }: RuleStoreOptions) {
    this.#now = now;
    this.#without = without;
    this.#dropsStale = dropsStale;
  }

  ask({ entry: key }: Question): Answer {
    return { limits: [], entry: key === undefined ? undefined : this.#look(key) };
  }

  #look(key: string): Lookup {
    this.#open();
    if (this.#state.closed && !this.#without.refusalWhileClosed) return { state: "closed" };
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expires <= this.#now() || !this.#isOfThisLife(entry))
      return { state: "miss", lease: this.#lease() };
    this.#expire(entry.tags);
    if (isHit(this.#state, entry, this.#without)) return { state: "hit", body: entry.body };
    const isFenced = !isUnfenced(this.#state, entry);
    if (this.#dropsStale && !isFenced) this.#entries.delete(key);
    return { state: isFenced ? "fenced" : "miss", lease: this.#lease() };
  }

  fill({ key, lease, tags, body, ttl }: Fill): boolean {
    this.#open();
    const entry: Kept = {
      lease: { clock: lease.clock, boot: Number(lease.boot) },
      tags: this.#bits(tags),
      values: [],
      body,
      expires: this.#now() + Math.min(ttl, maxEntryLife),
    };
    if (!this.#without.checkInFill && !this.#isOfThisLife(entry)) return false;
    if (!this.#state.closed) this.#expire(entry.tags);
    if (!mayFill(this.#state, entry, this.#without)) return false;
    this.#entries.set(key, entry);
    return true;
  }

  fence(token: string, tags: readonly string[]): void {
    this.#open();
    for (const tag of tags) {
      const bit = this.#tag(tag);
      if (!this.#without.bumpAtFence) this.#bump(bit);
      this.#expiriesOf(bit).set(token, this.#now() + fenceLife);
      this.#mirror(bit);
    }
  }

  unfence(token: string, tags: readonly string[]): void {
    this.#open();
    for (const tag of tags) {
      const bit = this.#tag(tag);
      const stood = this.#expiriesOf(bit).delete(token);
      this.#mirror(bit);
      if (this.#without.bumpAtUnfence || (this.#without.bumpOfGoneToken && !stood)) continue;
      this.#bump(bit);
    }
  }

  async seal(): Promise<void> {
    this.#isSealed = true;
  }

  async renew(): Promise<void> {
    const clock = this.#state.clock + 1;
    this.#state = { ...this.#state, clock, floor: clock, boot: this.#state.boot + 1 };
    this.#isSealed = false;
  }

  async forget(): Promise<number> {
    let forgotten = 0;
    for (const bit of [...this.#known]) {
      this.#expire(1 << bit);
      if (this.#expiriesOf(bit).size > 0 || (this.#bumpedAt.get(bit) ?? 0) > this.#now() - maxEntryLife) continue;
      const { floor, invalidated } = this.#state;
      const raised = this.#without.floorAtForget ? floor : Math.max(floor, invalidated[bit] ?? 0);
      this.#state = { ...this.#state, floor: raised, invalidated: replaced(invalidated, bit, 0) };
      this.#known.delete(bit);
      forgotten++;
    }
    return forgotten;
  }

  async close(): Promise<void> {}

  wipe(): void {
    this.#state = { ...this.#state, clock: 0, invalidated: [], fences: [] };
    for (const all of [this.#known, this.#bumpedAt, this.#expiries, this.#entries]) all.clear();
    this.#tags.length = 0;
    this.#isSealed = false;
    this.restart();
  }

  restart(): void {
    const clock = this.#state.clock + 1;
    this.#state = { ...this.#state, clock, floor: clock, boot: this.#state.boot + 1 };
    this.#opensAt = this.#without.closedBirth ? 0 : this.#now() + closedFor;
  }

  #open(): void {
    this.#state = { ...this.#state, closed: this.#isSealed || this.#now() < this.#opensAt };
  }

  #isOfThisLife(entry: Entry): boolean {
    const { boot, floorInHit } = this.#without;
    return (boot || isOfThisLife(this.#state, entry)) && (floorInHit || isAboveFloor(this.#state, entry));
  }

  #lease() {
    const { clock, boot } = leaseOf(this.#state);
    return { clock, boot: String(boot) };
  }

  #bits(tags: readonly string[]): number {
    return tags.reduce((bits, tag) => bits | (1 << this.#bit(tag)), 0);
  }

  #bit(tag: string): number {
    const at = this.#tags.indexOf(tag);
    if (at >= 0) return at;
    const { invalidated, fences } = this.#state;
    this.#state = { ...this.#state, invalidated: [...invalidated, 0], fences: [...fences, 0] };
    return this.#tags.push(tag) - 1;
  }

  /** A tag that is written to. */
  #tag(tag: string): number {
    const bit = this.#bit(tag);
    this.#known.add(bit);
    this.#expire(1 << bit);
    return bit;
  }

  #bump(bit: number): void {
    this.#state = bump(this.#state, 1 << bit);
    this.#bumpedAt.set(bit, this.#now());
  }

  #expire(tags: number): void {
    for (const [bit, expiries] of this.#expiries) {
      if (((tags >> bit) & 1) === 0) continue;
      for (const [token, expiry] of expiries) {
        if (expiry > this.#now()) continue;
        expiries.delete(token);
        if (!this.#without.bumpAtExpiry) this.#bump(bit);
      }
      this.#mirror(bit);
    }
  }

  #expiriesOf(bit: number): Map<string, number> {
    const expiries = this.#expiries.get(bit) ?? new Map<string, number>();
    this.#expiries.set(bit, expiries);
    return expiries;
  }

  /** The model asks only whether a fence stands. */
  #mirror(bit: number): void {
    this.#state = { ...this.#state, fences: replaced(this.#state.fences, bit, this.#expiriesOf(bit).size) };
  }
}
