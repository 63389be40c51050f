// The memory store with what it need not know and Redis must: a life that ends by a wipe or a restart, after which the
// next one stays closed. same-answers.test.ts holds it to the same answers as the real scripts.

import { createMemoryStore, type MemoryStore } from "../../../store/memory-store.ts";
import { type Answer, type Fill, fenceLife, type Lookup, type Question, type Store } from "../../../store/store.ts";

/** A store whose life may end. */
export interface LivingStore extends Store {
  /** Everything is lost. */
  wipe(): void;
  /** Another server goes on with the same data. */
  restart(): void;
}

/** Milliseconds for which a new life is closed: as long as a fence that was lost may have stood, and a margin. */
export const closedFor = fenceLife + 1_000;

/** How it is made. */
export interface StoreLivesOptions {
  /** Milliseconds. */
  readonly now: () => number;
  readonly maxBytes?: number;
}

/** The memory store in one life after another. */
export class StoreLives implements LivingStore {
  readonly kind = "memory";
  readonly isReachable = true;
  readonly #options: StoreLivesOptions;
  #store: MemoryStore;
  #wipes = 0;
  #opensAt = 0;
  #isSealed = false;

  constructor(options: StoreLivesOptions) {
    this.#options = options;
    this.#store = createMemoryStore(options);
  }

  wipe(): void {
    this.#store = createMemoryStore(this.#options);
    this.#wipes++;
    this.#isSealed = false;
    this.#opensAt = this.#options.now() + closedFor;
  }

  restart(): void {
    void this.#store.renew();
    if (this.#isSealed) void this.#store.seal();
    this.#opensAt = this.#options.now() + closedFor;
  }

  ask(question: Question): Answer {
    const answer = this.#store.ask(question);
    return { ...answer, entry: answer.entry && this.#lookup(answer.entry) };
  }

  fill(fill: Fill): boolean {
    const [wipes, boot] = fill.lease.boot.split("/");
    if (this.#isClosed || Number(wipes) !== this.#wipes || boot === undefined) return false;
    return this.#store.fill({ ...fill, lease: { ...fill.lease, boot } });
  }

  fence(token: string, tags: readonly string[]): void {
    this.#store.fence(token, tags);
  }

  unfence(token: string, tags: readonly string[]): void {
    this.#store.unfence(token, tags);
  }

  async seal(): Promise<void> {
    this.#isSealed = true;
    await this.#store.seal();
  }

  async renew(): Promise<void> {
    this.#isSealed = false;
    await this.#store.renew();
  }

  forget(): Promise<number> {
    return this.#store.forget();
  }

  async close(): Promise<void> {}

  get #isClosed(): boolean {
    return this.#options.now() < this.#opensAt;
  }

  #lookup(found: Lookup): Lookup {
    if (this.#isClosed) return { state: "closed" };
    if (found.state !== "miss" && found.state !== "fenced") return found;
    return { ...found, lease: { ...found.lease, boot: `${this.#wipes}/${found.lease.boot}` } };
  }
}
