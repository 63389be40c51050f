// Something done for every item of a stream.

/**
 * Does something for each item, one after the other, and gives what comes of it; nothing where that is undefined. The
 * next item is asked for only when the one before was dealt with. What is thrown ends it.
 *
 * @example each(items, (item) => ctx.call(messages.post, { channelId, ...item }))
 */
export async function* each<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<Exclude<R, undefined | void>, void, undefined> {
  for await (const item of items) {
    const result = await work(item);
    if (result !== undefined) yield result as Exclude<R, undefined | void>; // it was just excluded
  }
}
