// The contract suite of the store port: what every store keeps, wherever it keeps it.

import { entriesSuite } from "./store/entries-suite.ts";
import { fencesSuite } from "./store/fences-suite.ts";
import { forgetSuite } from "./store/forget-suite.ts";
import { limitsSuite } from "./store/limits-suite.ts";
import { livesSuite } from "./store/lives-suite.ts";
import type { StoreSubject } from "./store/store-subject.ts";

export type { StoreSubject };

/** What the suite is given: a test runner. */
export interface StoreSuite {
  test(name: string, options: { readonly skip?: string | false }, run: () => Promise<void>): unknown;
  /** Why nothing can be run here. */
  readonly skip?: string | false | undefined;
}

/**
 * Every test of the store port, each on a store of its own.
 *
 * @example storeSuite({ test }, async () => openStore());
 */
export function storeSuite({ test, skip = false }: StoreSuite, open: () => Promise<StoreSubject>): void {
  const on = (name: string, run: (subject: StoreSubject) => Promise<void>): void => {
    test(name, { skip }, async () => {
      const subject = await open();
      try {
        await run(subject);
      } finally {
        await subject.close();
      }
    });
  };
  limitsSuite(on);
  entriesSuite(on);
  fencesSuite(on);
  livesSuite(on);
  forgetSuite(on);
}
