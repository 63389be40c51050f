// Hints inside one process: who listens, and how often he is called.

import type { Wakeups } from "../../database/database.ts";

/** Milliseconds in which hints of one channel become one. */
const coalesce = 20;

/** See the port: Wakeups. The first hint is heard at once, those of the next moment together at its end. */
export class Hints implements Wakeups {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #pending = new Set<string>();
  readonly #tellOthers: (channels: readonly string[]) => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `tellOthers` is given the channels of each moment. */
  constructor(tellOthers: (channels: readonly string[]) => void = () => {}) {
    this.#tellOthers = tellOthers;
  }

  notify(channel: string): void {
    if (this.#closed) return;
    this.#pending.add(channel);
    if (this.#timer === undefined) this.#flush();
  }

  listen(channel: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    // A listener of its own, so that the same function may listen twice.
    const listener = (): void => heard();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) this.#listeners.delete(channel);
    };
  }

  /** Calls the listeners of a channel of this process. */
  wake(channel: string): void {
    for (const heard of this.#listeners.get(channel) ?? []) heard();
  }

  /** Calls all listeners: something may have been missed. */
  wakeAll(): void {
    for (const channel of this.#listeners.keys()) this.wake(channel);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    this.#timer = setTimeout(() => this.#flush(), coalesce);
    const channels = [...this.#pending];
    this.#pending.clear();
    for (const channel of channels) queueMicrotask(() => this.wake(channel));
    this.#tellOthers(channels);
  }
}
