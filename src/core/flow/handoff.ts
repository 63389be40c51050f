// Values that one side has and the other asks for: a push turned into a pull, with nothing kept between.

interface Given<T> {
  readonly value: T;
  taken(): void;
}

/**
 * Hands values over in order, each when it is asked for: whoever gives waits until it was taken. Read by one reader.
 * Values given before `end` are still taken.
 */
export class Handoff<T> implements AsyncIterableIterator<T, undefined> {
  readonly #given: Given<T>[] = [];
  readonly #onLeft: () => void;
  #asking: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void } | undefined;
  #end: { readonly error: unknown } | undefined;

  /** `onLeft` is told when the reader leaves before the end. */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
  }

  /** Resolves when the value was taken; at once, with the value dropped, when the reader has left. */
  give(value: T): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    if (this.#asking !== undefined) {
      this.#asking.resolve({ done: false, value });
      this.#asking = undefined;
      return Promise.resolve();
    }
    return new Promise((taken) => this.#given.push({ value, taken }));
  }

  /** No more values: the reader comes to the end, or to the error. The first end counts. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (this.#asking === undefined) return;
    if (error === undefined) this.#asking.resolve({ done: true, value: undefined });
    else this.#asking.reject(error);
    this.#asking = undefined;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const given = this.#given.shift();
    if (given !== undefined) {
      given.taken();
      return Promise.resolve({ done: false, value: given.value });
    }
    if (this.#end === undefined) return new Promise((resolve, reject) => (this.#asking = { resolve, reject }));
    const { error } = this.#end;
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const isOver = this.#end !== undefined && this.#given.length === 0;
    this.#end = { error: undefined };
    for (const { taken } of this.#given.splice(0)) taken();
    this.#asking?.resolve({ done: true, value: undefined });
    this.#asking = undefined;
    if (!isOver) this.#onLeft();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
