// An explicit-state model checker: explores every state that can be reached, breadth first, so that the first broken
// promise found has a shortest counter-example. It knows nothing of caches.

/** What is explored. */
export interface Machine<S> {
  readonly initial: S;
  /** Everything that may happen next. */
  steps(state: S): readonly Transition<S>[];
  /** Equal for states with the same future. */
  key(state: S): string;
}

/** One step of the machine. */
export interface Transition<S> {
  readonly next: S;
  readonly words: () => string;
  /** The promise that the step breaks. */
  readonly breaks: string | undefined;
}

/** What was found. Without a counter-example, `states` are all that there are. */
export interface Exploration {
  readonly states: number;
  readonly broken: string | undefined;
  /** The steps of a shortest counter-example; empty if nothing is broken. */
  readonly trace: readonly string[];
}

/** Explores until a promise is broken or nothing is left. */
export function explore<S>(machine: Machine<S>): Exploration {
  const keys = [machine.key(machine.initial)];
  const parents = [0];
  const seen = new Set(keys);
  let level: readonly S[] = [machine.initial];
  for (let parent = 0; level.length > 0; ) {
    const nextLevel: S[] = [];
    for (const state of level) {
      for (const { next, breaks } of machine.steps(state)) {
        if (breaks !== undefined) {
          return { states: seen.size, broken: breaks, trace: retell(machine, pathTo(parent, keys, parents), breaks) };
        }
        const key = machine.key(next);
        if (seen.has(key)) continue;
        seen.add(key);
        keys.push(key);
        parents.push(parent);
        nextLevel.push(next);
      }
      parent++;
    }
    level = nextLevel;
  }
  return { states: seen.size, broken: undefined, trace: [] };
}

/** The keys on the way from the first state to the one found as number `index`. */
function pathTo(index: number, keys: readonly string[], parents: readonly number[]): string[] {
  const path: string[] = [];
  for (let at = index; at !== 0; at = parents[at] ?? 0) path.push(keys[at] ?? "");
  return path.reverse();
}

/** Walks the path again, from the first state: so a reader keeps its name from step to step. */
function retell<S>(machine: Machine<S>, path: readonly string[], breaks: string): string[] {
  let state = machine.initial;
  const told: string[] = [];
  for (const key of path) {
    const step = machine.steps(state).find(({ next }) => machine.key(next) === key);
    if (step === undefined) throw new Error("a step of the counter-example is not found again: the key is ambiguous");
    told.push(step.words());
    state = step.next;
  }
  const last = machine.steps(state).find((step) => step.breaks === breaks);
  if (last === undefined) throw new Error("the counter-example's end is not found again: the key is ambiguous");
  return [...told, last.words()];
}
