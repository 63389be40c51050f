// The items of a stream on their way to the road: whether any was taken, and what their source threw.

/** Items that a road may read, also in a second attempt as long as none was taken. */
export interface CountedItems {
  readonly iterator: AsyncIterator<unknown>;
  /** Whether the source was not asked for anything yet. */
  readonly isUntouched: boolean;
  /** Throws what the source threw, if it did: that ended the call, whatever the road makes of it. */
  throwOwn(): void;
}

/** Watches over a caller's items. */
export function countedItems(given: AsyncIterable<unknown> | Iterable<unknown>): CountedItems {
  let source: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  let own: { readonly error: unknown } | undefined;
  async function next(): Promise<IteratorResult<unknown>> {
    try {
      source ??= Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]();
      return await source.next();
    } catch (error) {
      own ??= { error };
      throw error;
    }
  }
  return {
    iterator: {
      next,
      async return() {
        await source?.return?.();
        return { done: true, value: undefined };
      },
    },
    get isUntouched() {
      return source === undefined;
    },
    throwOwn() {
      if (own !== undefined) throw own.error;
    },
  };
}
