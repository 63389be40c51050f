// The keys that a process follows: which of them are to be looked at, and what all of them hold.

import type { Wakeups } from "../../database/database.ts";
import { keyChannel } from "../announcement.ts";
import { LiveKey } from "./live-key.ts";
import type { LiveLimits } from "./live-limits.ts";
import type { KeyNews } from "./live-queries.ts";

interface Entry {
  readonly key: LiveKey;
  readonly unlisten: () => void;
}

/** Keys by name. A key is here for as long as somebody follows it. */
export class LiveKeys {
  readonly #wakeups: Wakeups;
  readonly #limits: LiveLimits;
  readonly #onDue: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Those that may have news, in the order in which that was heard. */
  readonly #due = new Set<LiveKey>();
  /** Those with something at hand, the one longest without news first. */
  readonly #holding = new Set<LiveKey>();
  #bytes = 0;

  /** `onDue` is told when a key is to be looked at. */
  constructor(wakeups: Wakeups, limits: LiveLimits, onDue: () => void) {
    this.#wakeups = wakeups;
    this.#limits = limits;
    this.#onDue = onDue;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Events at hand of all keys. */
  get atHand(): number {
    return this.#holding.values().reduce((sum, key) => sum + key.size, 0);
  }

  /** The key, which has one follower more. */
  enter(stream: string, name: string): LiveKey {
    const known = this.#entries.get(idOf(stream, name));
    const key = known?.key ?? this.#open(stream, name);
    key.followers++;
    return key;
  }

  /** The key has one follower less. */
  leave(key: LiveKey): void {
    if (--key.followers > 0) return;
    const id = idOf(key.stream, key.key);
    this.#entries.get(id)?.unlisten();
    this.#entries.delete(id);
    this.#due.delete(key);
    this.#counted(key, () => key.clear());
  }

  /** All are to be looked at: hints may have been lost. */
  markAll(): void {
    for (const { key } of this.#entries.values()) this.#due.add(key);
  }

  /** These are to be looked at again. */
  mark(keys: readonly LiveKey[]): void {
    for (const key of keys) if (key.followers > 0) this.#due.add(key);
  }

  /** Takes the next ones to be looked at. */
  takeDue(count: number): LiveKey[] {
    const keys = this.#due.values().take(count).toArray();
    for (const key of keys) this.#due.delete(key);
    return keys;
  }

  /** Hands what was read to all who follow the key. */
  hand(key: LiveKey, { head, events }: KeyNews): void {
    if (key.followers === 0) return;
    if (key.last === undefined) key.beginAt(head);
    this.#counted(key, () => {
      for (const { event, bytes } of events) key.take(event, bytes);
    });
    key.wakeAll();
    this.#keepWithinBounds();
  }

  #open(stream: string, name: string): LiveKey {
    const key = new LiveKey(stream, name, this.#limits);
    const isDue = (): void => {
      this.#due.add(key);
      this.#onDue();
    };
    this.#entries.set(idOf(stream, name), { key, unlisten: this.#wakeups.listen(keyChannel(name), isDue) });
    isDue();
    return key;
  }

  #keepWithinBounds(): void {
    while (this.#bytes > this.#limits.totalBytes) {
      const oldest = this.#holding.values().next().value;
      if (oldest === undefined) return;
      this.#counted(oldest, () => oldest.clear());
    }
  }

  #counted(key: LiveKey, change: () => void): void {
    const before = key.bytes;
    change();
    this.#bytes += key.bytes - before;
    this.#holding.delete(key);
    if (key.bytes > 0) this.#holding.add(key);
  }
}

/** No text of PostgreSQL has a zero character. */
function idOf(stream: string, key: string): string {
  return `${stream}\0${key}`;
}
