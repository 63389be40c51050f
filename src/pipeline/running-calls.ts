// The calls that run. Not a Set: its tables, outgrown several times a second, would link the calls of long ago to those
// of now, and the garbage collector would keep them all until its next full round.

/** Things that come and go all the time, each in a place of its own. */
export class RunningCalls<T> {
  readonly #places: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** Answers the place to give to `remove`. */
  add(call: T): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = call;
    return place;
  }

  /** To be called once for each place. */
  remove(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
  }

  /** Calls `tell` with each that is there. */
  each(tell: (call: T) => void): void {
    for (const call of this.#places) if (call !== undefined) tell(call);
  }
}
