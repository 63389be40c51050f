// One transition of the model.

import type { Promised } from "../promises.ts";
import type { State } from "../state.ts";

/** What may happen next, told in words, and the promise that it breaks. */
export interface Step {
  readonly next: State;
  readonly words: () => string;
  readonly breaks: Promised | undefined;
}

/** A step that answers no read. */
export function step(next: State, words: () => string): Step {
  return { next, words, breaks: undefined };
}
