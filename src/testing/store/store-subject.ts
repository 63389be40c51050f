// What the store's tests run on.

import type { Store } from "../../store/store.ts";

/** The store under test: empty, and open. */
export interface StoreSubject {
  readonly store: Store;
  /** What another process has on the same state; the same store where there is one process only. */
  readonly other: Store;
  /** Lets time pass for the store: whole milliseconds. */
  advance(millis: number): void | Promise<void>;
  close(): Promise<void>;
}

/** Declares a test on a store of its own. */
export type OnStore = (name: string, run: (subject: StoreSubject) => Promise<void>) => void;
