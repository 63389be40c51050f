// One owned shard of one group: how far it was read, and how far everything was delivered.

/** A shard's position while it is owned. Made anew when the shard is gained again. */
export class ShardLease {
  readonly shard: number;
  /** False once the shard is another's: what has not begun is left to the next owner. */
  active = true;
  /** Read through this place. */
  read: number;
  /** The place that the database has. */
  committed: number;
  readonly #running = new Set<Promise<void>>();
  readonly #open: { readonly place: number; done: boolean }[] = [];

  constructor(shard: number, committed: number) {
    this.shard = shard;
    this.read = committed;
    this.committed = committed;
  }

  /** A record that was read, in the order of places. Call the result when it was delivered. */
  track(place: number): () => void {
    const entry = { place, done: false };
    this.#open.push(entry);
    return () => {
      entry.done = true;
      while (this.#open[0]?.done) this.#open.shift();
    };
  }

  /** Counts a delivery as running until it ends. */
  async run(delivery: Promise<void>): Promise<void> {
    this.#running.add(delivery);
    try {
      await delivery;
    } finally {
      this.#running.delete(delivery);
    }
  }

  /** Whether records were read and not yet delivered. */
  get busy(): boolean {
    return this.#open.length > 0;
  }

  /** Resolves when the deliveries that run now have ended. */
  get running(): Promise<unknown> {
    return Promise.allSettled(this.#running);
  }

  /** Everything up to and with this place was delivered. */
  get delivered(): number {
    const first = this.#open[0];
    return first === undefined ? this.read : first.place - 1;
  }
}
