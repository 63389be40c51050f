// What happens to the store by itself: fences expire, everything is lost, an old state comes back, a new store opens,
// the janitor forgets, the entry's time ends.

import type { Model } from "../configuration.ts";
import { mayExpire, mayOpen } from "../rules.ts";
import { has, type State, type Writer } from "../state.ts";
import { expire, forget, open, restore, wipe } from "./scripts.ts";
import { type Step, step } from "./step.ts";
import { tokenOf } from "./write-path.ts";

/** Everything that may happen next to the store. */
export function faultSteps(model: Model, state: State): Step[] {
  return [
    ...expirySteps(model, state),
    ...lossSteps(model, state),
    ...openingSteps(model, state),
    ...janitorSteps(model, state),
    ...evictionSteps(model, state),
  ];
}

function expirySteps(model: Model, state: State): Step[] {
  const { expiry, lateCommit, retries } = model.configuration.faults;
  if (!expiry) return [];
  const steps: Step[] = [];
  state.store.fences.forEach((tokens, tag) => {
    for (let token = 0; tokens >> token !== 0; token++) {
      if (!has(tokens, token)) continue;
      const index = Math.floor(token / (retries + 1));
      const writer = state.writers[index];
      if (writer === undefined) continue;
      const isOfThisAttempt = token === tokenOf(model, index, writer.attempt);
      if (!lateCommit && !mayExpire(writer, tag, isOfThisAttempt, model.commitMove)) continue;
      const store = expire(state.store, token, tag, model.without);
      steps.push(step({ ...state, store }, () => `the fence of writer ${"AB"[index]} on ${"xy"[tag]} expires`));
    }
  });
  return steps;
}

function lossSteps(model: Model, state: State): Step[] {
  const { saved, store, wipesLeft, restoresLeft } = state;
  const steps: Step[] = [];
  if (wipesLeft > 0) {
    const next = { ...state, store: wipe(store, model.without), wipesLeft: wipesLeft - 1 };
    steps.push(step(fencesLost(model, next), () => "the store loses everything"));
  }
  if (restoresLeft > 0 && saved === undefined) {
    steps.push(step({ ...state, saved: store }, () => "the store saves its state"));
  }
  if (restoresLeft > 0 && saved !== undefined) {
    const restored = restore(store, saved, model.without);
    const next = { ...state, store: restored, saved: undefined, restoresLeft: restoresLeft - 1 };
    steps.push(step(fencesLost(model, next), () => "the store restarts with its saved state"));
  }
  return steps;
}

/** Whoever is between its fence and its COMMIT has no fence to rely on now. */
function fencesLost(model: Model, state: State): State {
  const writers = state.writers.map((writer): Writer => {
    const isUnprotected = writer.fenced !== 0 && writer.next <= model.commitMove;
    return isUnprotected ? { ...writer, lostFence: true } : writer;
  });
  return { ...state, writers };
}

function openingSteps(model: Model, state: State): Step[] {
  if (!state.store.closed || !mayOpen(state.writers)) return [];
  return [step({ ...state, store: open(state.store, model.without) }, () => "the new store opens")];
}

function janitorSteps(model: Model, state: State): Step[] {
  if (!model.configuration.faults.janitor) return [];
  return state.store.invalidated.flatMap((at, tag) => {
    if (at === 0) return [];
    const store = forget(state.store, tag, model.without);
    return [step({ ...state, store }, () => `the janitor forgets when ${"xy"[tag]} was invalidated`)];
  });
}

function evictionSteps(model: Model, state: State): Step[] {
  if (!model.configuration.faults.eviction || state.store.entry === undefined) return [];
  return [step({ ...state, store: { ...state.store, entry: undefined } }, () => "the entry's time ends")];
}
