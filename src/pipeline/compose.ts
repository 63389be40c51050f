// The whole chain on one screen: middleware around a last function, built once per operation at start.

import type { Answer, Call, Middleware } from "./call.ts";

/** What stands at the end of the chain. */
export type Last = (call: Call) => Promise<Answer>;

/**
 * Puts the middleware around `last`, the first outermost. Guarantee: each part runs at most once per call; a second
 * `next` is an error.
 */
export function compose(middleware: readonly Middleware[], last: Last): Last {
  return middleware.reduceRight<Last>((rest, step) => (call) => step(call, once(rest, call)), last);
}

function once(rest: Last, call: Call): () => Promise<Answer> {
  let called = false;
  return () => {
    if (called) return Promise.reject(new Error(`${call.operation.id}: a middleware called next() twice`));
    called = true;
    try {
      return rest(call);
    } catch (thrown) {
      // A step that is not an async function may throw: whoever awaits next() sees a rejection all the same.
      return Promise.reject(thrown);
    }
  };
}
