// The store in this process's memory: for the embedded database, which one process owns. Its writers die with it, so it
// is born open. Every method is one turn of the event loop, and so one atomic step.

import { LimitBuckets } from "./limit-buckets.ts";
import {
  type Answer,
  type Fill,
  fenceLife,
  type Lookup,
  maxEntryLife,
  mostEntryTags,
  type Question,
  type Store,
} from "./store.ts";

/** How it is made. */
export interface MemoryStoreOptions {
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
  /** Entries beyond this are dropped, the least recently used first; 64 MiB if not given. */
  readonly maxBytes?: number;
}

interface Tag {
  invalidated: number;
  /** When it was last bumped. */
  bumpedAt: number;
  /** Expiry by token. */
  readonly fences: Map<string, number>;
}

interface Entry {
  readonly clock: number;
  readonly boot: string;
  readonly tags: readonly string[];
  readonly body: Uint8Array;
  readonly expires: number;
}

const mebibyte = 1024 * 1024;

/** Makes an empty one. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MemoryStore(options);
}

/** See the port. */
export class MemoryStore implements Store {
  readonly kind = "memory";
  readonly isReachable = true;
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #tags = new Map<string, Tag>();
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #buckets: LimitBuckets;
  #clock = 0;
  #floor = 0;
  #life = 1;
  #sealed = false;
  #bytes = 0;

  constructor({ now = () => performance.now(), maxBytes = 64 * mebibyte }: MemoryStoreOptions) {
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#buckets = new LimitBuckets({ now: () => Math.floor(now() * 1000) });
  }

  ask({ limits, entry }: Question): Answer {
    const states = limits.length === 0 ? [] : this.#buckets.ask(limits);
    const admitted = states.every((state) => state.admitted);
    return { limits: states, entry: entry === undefined || !admitted ? undefined : this.#look(entry) };
  }

  fill({ key, lease, tags, body, ttl }: Fill): boolean {
    const entry = { ...lease, tags, body, expires: this.#now() + Math.min(ttl, maxEntryLife) };
    const size = sizeOf(key, entry);
    // One that is larger than all may be together would only drive out the others.
    if (this.#sealed || tags.length > mostEntryTags || size > this.#maxBytes) return false;
    if (this.#stateOf(entry) !== "fresh") return false;
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    return true;
  }

  fence(token: string, tags: readonly string[]): void {
    const expires = this.#now() + fenceLife;
    for (const name of tags) {
      const tag = this.#tag(name);
      this.#bump(tag);
      tag.fences.set(token, expires);
    }
  }

  unfence(token: string, tags: readonly string[]): void {
    for (const name of tags) {
      const tag = this.#tag(name);
      this.#bump(tag);
      tag.fences.delete(token);
    }
  }

  async seal(): Promise<void> {
    this.#sealed = true;
  }

  async renew(): Promise<void> {
    this.#sealed = false;
    this.#life++;
    this.#floor = ++this.#clock;
    this.#entries.clear();
    this.#bytes = 0;
  }

  async forget(): Promise<number> {
    const old = this.#now() - maxEntryLife;
    let forgotten = 0;
    for (const [name, tag] of this.#tags) {
      this.#expire(tag);
      if (tag.fences.size > 0 || tag.bumpedAt > old) continue;
      this.#floor = Math.max(this.#floor, tag.invalidated);
      this.#tags.delete(name);
      forgotten++;
    }
    for (const [key, { expires }] of this.#entries) if (expires <= this.#now()) this.#drop(key);
    this.#buckets.forget();
    return forgotten;
  }

  async close(): Promise<void> {}

  #look(key: string): Lookup {
    if (this.#sealed) return { state: "closed" };
    const entry = this.#entries.get(key);
    const lease = { clock: this.#clock, boot: String(this.#life) };
    if (entry === undefined) return { state: "miss", lease };
    const state = this.#stateOf(entry);
    // An expired fence may just have bumped a tag.
    if (state !== "fresh") {
      if (state === "stale") this.#drop(key);
      return { state: state === "fenced" ? "fenced" : "miss", lease: { ...lease, clock: this.#clock } };
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { state: "hit", body: entry.body };
  }

  /** The condition of a hit, and of a fill. */
  #stateOf(entry: Entry): "fresh" | "fenced" | "stale" {
    if (entry.boot !== String(this.#life) || entry.clock < this.#floor || entry.expires <= this.#now()) return "stale";
    let state: "fenced" | "stale" | "fresh" = "fresh";
    for (const name of entry.tags) {
      const tag = this.#tags.get(name);
      if (tag === undefined) continue;
      this.#expire(tag);
      if (tag.fences.size > 0) state = "fenced";
      else if (tag.invalidated > entry.clock && state === "fresh") state = "stale";
    }
    return state;
  }

  #tag(name: string): Tag {
    const known = this.#tags.get(name);
    if (known !== undefined) {
      this.#expire(known);
      return known;
    }
    const made: Tag = { invalidated: 0, bumpedAt: 0, fences: new Map() };
    this.#tags.set(name, made);
    return made;
  }

  #bump(tag: Tag): void {
    tag.invalidated = ++this.#clock;
    tag.bumpedAt = this.#now();
  }

  /** Whoever meets an expired fence bumps its tag before anything else. */
  #expire(tag: Tag): void {
    const now = this.#now();
    for (const [token, expires] of tag.fences) {
      if (expires > now) continue;
      tag.fences.delete(token);
      this.#bump(tag);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
  }
}

/** What an entry takes, about. */
function sizeOf(key: string, { body, tags }: Entry): number {
  return 200 + 2 * key.length + body.byteLength + tags.reduce((sum, tag) => sum + 2 * tag.length, 0);
}
