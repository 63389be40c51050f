// Who is inside what: the async scope of a unit of work and of each `ctx.try` within it.

import { AsyncLocalStorage } from "node:async_hooks";
import { Mutex } from "../../core/async.ts";
import type { PendingEvent } from "../../events/event-record.ts";

/** One savepoint's worth of a unit: its events, and whether something failed in it. The root is the whole unit. */
export class UnitScope {
  /** The unit of work itself, compared by identity. */
  readonly unit: object;
  readonly parent: UnitScope | undefined;
  readonly events: PendingEvent[] = [];
  readonly effects: (() => void)[] = [];
  /** Savepoints of one scope run one after the other. */
  readonly savepoints = new Mutex();
  /** Settles when the savepoint that is open inside this scope ends. */
  inner: Promise<unknown> | undefined = undefined;
  failure: { readonly error: unknown } | undefined = undefined;
  closed = false;
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(unit: object, parent: UnitScope | undefined) {
    this.unit = unit;
    this.parent = parent;
  }

  /** Counts work as a part of this scope, whether or not anybody awaits it. */
  track(work: Promise<unknown>): void {
    this.#running++;
    const ended = (): void => this.#ended();
    work.then(ended, ended);
  }

  /** The same for a statement, whose failure is the scope's. Answers what `work` does. */
  tracked<T>(work: Promise<T>): Promise<T> {
    this.#running++;
    return work.then(
      (result) => {
        this.#ended();
        return result;
      },
      (error: unknown) => {
        this.fail(error);
        this.#ended();
        throw error;
      },
    );
  }

  /** Resolves when all that was started in this scope has ended. */
  async idle(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #ended(): void {
    if (--this.#running > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What failed first decides: the scope can only be rolled back. */
  fail(error: unknown): void {
    this.failure ??= { error };
  }

  /** Throws when this scope, or one around it, has ended. */
  assertOpen(): void {
    if (this.closed)
      throw new Error("This unit of work, or the ctx.try inside it, has ended: await everything you start in it");
    this.parent?.assertOpen();
  }
}

const current = new AsyncLocalStorage<UnitScope>();

/** The scope that the running code is in; undefined outside of any unit of work. */
export function currentScope(): UnitScope | undefined {
  return current.getStore();
}

/** Runs `work` inside a scope. */
export function runInScope<T>(scope: UnitScope, work: () => T): T {
  return current.run(scope, work);
}
