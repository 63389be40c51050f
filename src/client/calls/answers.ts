// The answers of a stream as the caller reads them: the road hands them over one at a time, when they are asked for.

import { appError } from "../../core/catalogue.ts";

/** Runs the stream: hands each answer to `send` and resolves at the end, rejects where there is none. */
export type StreamRun = (send: (answer: unknown) => Promise<void>, signal: AbortSignal) => Promise<void>;

type Result = IteratorResult<unknown, undefined>;

const done: Result = { done: true, value: undefined };

/**
 * Reads a stream. The run begins with the first `next`; an answer's `send` is fulfilled when the next one is asked for,
 * so that nothing is read ahead of the reader. `return` aborts the run and resolves when it has ended.
 */
export function answersOf(run: StreamRun): AsyncIterator<unknown, undefined> {
  return new Answers(run);
}

class Answers implements AsyncIterator<unknown, undefined> {
  readonly #run: StreamRun;
  readonly #left = new AbortController();
  #running: Promise<void> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #asked: PromiseWithResolvers<Result> | undefined;
  #given: PromiseWithResolvers<void> | undefined;
  #ended: { readonly error?: unknown } | undefined;

  constructor(run: StreamRun) {
    this.#run = run;
  }

  next(): Promise<Result> {
    const result = this.#tail.then(() => this.#pull());
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async return(): Promise<Result> {
    this.#end({});
    this.#left.abort();
    this.#given?.reject(appError("CANCELLED"));
    await this.#running;
    return done;
  }

  #pull(): Promise<Result> {
    if (this.#ended !== undefined) return this.#afterEnd(this.#ended);
    this.#asked = Promise.withResolvers();
    const given = this.#given;
    this.#given = undefined;
    given?.resolve();
    this.#running ??= this.#run((answer) => this.#hand(answer), this.#left.signal).then(
      () => this.#end({}),
      (error: unknown) => this.#end({ error }),
    );
    return this.#asked.promise;
  }

  #hand(answer: unknown): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(appError("CANCELLED"));
    this.#given = Promise.withResolvers();
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve({ done: false, value: answer });
    return this.#given.promise;
  }

  #end(ended: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return;
    this.#ended = ended;
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) this.#afterEnd(ended).then(asked.resolve, asked.reject);
  }

  /** An error is thrown once; who asks again gets the end. */
  #afterEnd(ended: { readonly error?: unknown }): Promise<Result> {
    this.#ended = {};
    return "error" in ended ? Promise.reject(ended.error) : Promise.resolve(done);
  }
}
