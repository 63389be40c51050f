// The executable model of the coherent cache: readers, writers, store and faults in one machine, of which every order of
// steps is explored. To learn the protocol read rules.ts, then steps/: scripts.ts, read-path.ts, write-path.ts, faults.ts.

import { type Exploration, explore, type Machine } from "./checker.ts";
import type { Configuration, Model } from "./configuration.ts";
import { keyOf } from "./key.ts";
import type { Part } from "./parts.ts";
import { idleReader, type State, type Writer } from "./state.ts";
import { faultSteps } from "./steps/faults.ts";
import { readerSteps } from "./steps/read-path.ts";
import { emptyStore } from "./steps/scripts.ts";
import type { Step } from "./steps/step.ts";
import { idleWriter, writePathOf, writerSteps } from "./steps/write-path.ts";

/** Explores all of the configuration, with these parts of the protocol left out. */
export function check(configuration: Configuration, leftOut: readonly Part[] = []): Exploration {
  const without = Object.fromEntries(leftOut.map((part) => [part, true] as const));
  const writePath = writePathOf(without);
  return explore(machineOf({ configuration, without, writePath, commitMove: writePath.indexOf("commit") }));
}

function machineOf(model: Model): Machine<State> {
  return {
    initial: initialState(model.configuration),
    steps: (state) => stepsOf(model, state),
    key: (state) => keyOf(model, state),
  };
}

function initialState(configuration: Configuration): State {
  const { rows, writers, readers, faults } = configuration;
  const versions = Array.from({ length: rows }, () => 0);
  return {
    rows: versions,
    commits: [],
    store: emptyStore(rows),
    saved: undefined,
    writers: writers.map(() => idleWriter),
    readers: Array.from({ length: readers }, () => idleReader),
    acknowledged: versions,
    observed: versions,
    wipesLeft: faults.wipes,
    restoresLeft: faults.restores,
  };
}

/** Of readers that have not begun, and of like writers, the first is the one to begin: they are alike. */
function stepsOf(model: Model, state: State): Step[] {
  const firstIdle = state.readers.findIndex(({ phase }) => phase === "idle");
  const steps = faultSteps(model, state);
  state.writers.forEach((writer, index) => {
    if (!isBehindItsTwin(model, state, writer, index)) steps.push(...writerSteps(model, state, index));
  });
  state.readers.forEach(({ phase }, index) => {
    if (phase !== "idle" || index === firstIdle) steps.push(...readerSteps(model, state, index));
  });
  return steps;
}

function isBehindItsTwin({ configuration }: Model, state: State, writer: Writer, index: number): boolean {
  const isTwin = index > 0 && configuration.writers[index] === configuration.writers[index - 1];
  return isTwin && writer === idleWriter && state.writers[index - 1] === idleWriter;
}
