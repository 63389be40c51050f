// Several async iterables as one.

/**
 * The items of all sources, each as soon as it comes, in each source's own order. Ends when all have ended. When one
 * fails, or nobody reads on, the others are left: their `return` is called. No source is asked for its next item before
 * the one before was taken.
 *
 * @example yield* merge(ctx.live(channelStream, channelId), each(items, (item) => ctx.call(messages.post, item)));
 */
export async function* merge<T>(...sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pulls = new Map(iterators.map((iterator) => [iterator, pull(iterator)]));
  try {
    while (pulls.size > 0) {
      const { iterator, result } = await Promise.race(pulls.values());
      if (result.done === true) pulls.delete(iterator);
      else {
        yield result.value;
        pulls.set(iterator, pull(iterator));
      }
    }
  } finally {
    for (const [iterator, pending] of pulls) {
      // What still comes of a source that is left has nobody to go to.
      pending.catch(() => undefined);
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
}

async function pull<T>(iterator: AsyncIterator<T>) {
  return { iterator, result: await iterator.next() };
}
