// Several async iterables as one.

import { Handoff } from "../../core/flow/handoff.ts";
import { leave } from "../../core/flow/leave.ts";

/**
 * The items of all sources, each as soon as it comes, in each source's own order. Ends when all have ended. When one
 * fails, or nobody reads on, the others are left: their `return` is called. No source is asked for its next item before
 * the one before was taken.
 *
 * @example yield* merge(ctx.live(channelStream, channelId), each(items, (item) => ctx.call(messages.post, item)));
 */
export async function* merge<T>(...sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  const merged = new Handoff<T>(() => undefined);
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  let running = iterators.length;
  let left = false;
  const leaveAll = (): void => {
    if (left) return;
    left = true;
    for (const iterator of iterators) void leave(iterator);
  };
  const drain = async (iterator: AsyncIterator<T>): Promise<void> => {
    try {
      for (let item = await iterator.next(); item.done !== true && !left; item = await iterator.next()) {
        await merged.give(item.value);
        if (left) break;
      }
      if (--running === 0) merged.end();
    } catch (error) {
      merged.end(error);
      // Not when the error is read: until then the others would be asked on and on, for nobody.
      leaveAll();
    }
  };
  if (running === 0) return;
  // Not raced anew for each item: a source that is silent for long would gather what is waiting for it.
  for (const iterator of iterators) void drain(iterator);
  try {
    yield* merged;
  } finally {
    leaveAll();
    await merged.return();
  }
}
