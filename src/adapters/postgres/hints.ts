// Hints inside one process: who listens, and how often he is called.

import type { Wakeups } from "../../database/database.ts";

/** Milliseconds in which hints of one channel become one. */
const coalesce = 20;

/** How often in that time hints of other channels may leave at once: each time costs a statement. */
const mostAtOnce = 5;

/**
 * See the port: Wakeups. The first hint of a channel is heard at once, with all that are given in the same turn; those
 * that follow it soon are heard together a moment later. So is what comes when many channels have been hinted at.
 */
export class Hints implements Wakeups {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #pending = new Set<string>();
  /** Heard in this moment. */
  readonly #told = new Set<string>();
  readonly #tellOthers: (channels: readonly string[]) => void;
  #times = 0;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `tellOthers` is given the channels that are heard together. */
  constructor(tellOthers: (channels: readonly string[]) => void = () => {}) {
    this.#tellOthers = tellOthers;
  }

  notify(channel: string): void {
    if (this.#closed) return;
    this.#pending.add(channel);
    if (this.#isDue || this.#times === mostAtOnce || this.#told.has(channel)) return;
    this.#isDue = true;
    queueMicrotask(() => this.#tell());
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

  #tell(): void {
    this.#isDue = false;
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#momentEnds(), coalesce);
    this.#times++;
    const channels = [...this.#pending].filter((channel) => !this.#told.has(channel));
    for (const channel of channels) {
      this.#pending.delete(channel);
      this.#told.add(channel);
      queueMicrotask(() => this.wake(channel));
    }
    this.#tellOthers(channels);
  }

  #momentEnds(): void {
    this.#timer = undefined;
    this.#times = 0;
    this.#told.clear();
    if (this.#pending.size > 0) this.#tell();
  }
}
