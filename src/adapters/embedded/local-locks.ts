// Locks inside one process, where nobody else can reach the database.

import type { CallLimits, Lock, Locks } from "../../database/database.ts";
import { watchLimits } from "../postgres/limits.ts";

/** See the port: Locks. Those who wait are served first come, first served. */
export class LocalLocks implements Locks {
  readonly #held = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #locks = new Set<AbortController>();

  async tryAcquire(name: string): Promise<Lock | undefined> {
    if (this.#held.has(name)) return undefined;
    return this.#take(name);
  }

  /** Throws DatabaseError `cancelled` when the limits end the wait. */
  acquire(name: string, limits: CallLimits = {}): Promise<Lock> {
    if (!this.#held.has(name)) return Promise.resolve(this.#take(name));
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(name) ?? [];
      this.#waiting.set(name, queue);
      const take = (): void => {
        endLimits();
        resolve(this.#take(name));
      };
      queue.push(take);
      const endLimits = watchLimits(limits, (error) => {
        queue.splice(queue.indexOf(take), 1);
        reject(error);
      });
    });
  }

  /** All locks are lost. */
  close(): void {
    for (const lost of this.#locks) lost.abort(new Error("The database was closed"));
    this.#locks.clear();
  }

  #take(name: string): Lock {
    this.#held.add(name);
    const lost = new AbortController();
    this.#locks.add(lost);
    const release = async (): Promise<void> => {
      if (lost.signal.aborted) return;
      this.#locks.delete(lost);
      lost.abort(new Error(`The lock ${name} was released`));
      this.#held.delete(name);
      this.#waiting.get(name)?.shift()?.();
    };
    return { lost: lost.signal, release };
  }
}
