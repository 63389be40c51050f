// The path of a write: fence → COMMIT → unfence → answer, each attempt with a token of its own. Also what can happen to
// it: rollback and retry, a crash, and the relay that invalidates again by the row that the transaction left.
//
// Statements and row locks are left out: nobody sees a statement before COMMIT, and without locks more orders of fences
// and COMMITs are possible, not fewer. A fence counts as acknowledged when it is set: an acknowledgement that comes
// later only lets the writer go on later, which is explored too. A writer that stops after COMMIT for ever needs no
// step: a state in which it never moves again is one of those explored.

import { type Model, type Move, rowNames } from "../configuration.ts";
import type { Without } from "../parts.ts";
import { newest } from "../promises.ts";
import { type CacheStore, has, replaced, type State, type Writer } from "../state.ts";
import { fence, unfence } from "./scripts.ts";
import { type Step, step } from "./step.ts";

/** A writer that has not begun. */
export const idleWriter: Writer = {
  next: 0,
  attempt: 0,
  fenced: 0,
  lostFence: false,
  lateUnfences: 0,
  version: 0,
  relayed: false,
};

/** The moves of a write. An omission that is a wrong order is that order here. */
export function writePathOf(without: Without): readonly Move[] {
  const path = inOrder(without);
  return without.fence ? path.filter((move) => move !== "fence") : path;
}

function inOrder(without: Without): readonly Move[] {
  if (without.fenceBeforeCommit) return ["commit", "fence", "unfence", "answer"];
  if (without.commitBeforeUnfence) return ["fence", "unfence", "commit", "answer"];
  if (without.unfenceBeforeAnswer) return ["fence", "commit", "answer", "unfence"];
  return ["fence", "commit", "unfence", "answer"];
}

/** Everything that may happen next to the writer. */
export function writerSteps(model: Model, state: State, index: number): Step[] {
  const writer = state.writers[index];
  if (writer === undefined) return [];
  const move = model.writePath[writer.next];
  return [
    ...(move === "fence" ? fenceSteps(model, state, index, writer) : []),
    ...(move === "commit" ? [commit(model, state, index, writer)] : []),
    ...(move === "unfence" ? [unfenceAfterCommit(model, state, index, writer)] : []),
    ...(move === "answer" ? [answer(model, state, index, writer)] : []),
    ...endsOfAttempt(model, state, index, writer),
    ...lateUnfences(model, state, index, writer),
    ...relaySteps(model, state, index, writer),
  ];
}

/** The token of a writer's attempt. */
export function tokenOf(model: Model, index: number, attempt: number): number {
  const own = model.without.tokenPerAttempt ? 0 : attempt;
  return index * (model.configuration.faults.retries + 1) + own;
}

function fenceSteps(model: Model, state: State, index: number, writer: Writer): Step[] {
  const rows = model.configuration.writers[index] ?? 0;
  const missing = rows & ~writer.fenced;
  const scripts = model.configuration.earlyFences ? [1, 2].filter((tag) => (missing & tag) !== 0) : [missing];
  return scripts.map((tags) => {
    const fenced = writer.fenced | tags;
    const store = fence(state.store, tokenOf(model, index, writer.attempt), tags, model.without);
    const next = fenced === rows ? writer.next + 1 : writer.next;
    return write(state, index, { ...writer, fenced, next }, store, () => `fences ${rowNames(tags)}`);
  });
}

function commit(model: Model, state: State, index: number, writer: Writer): Step {
  const written = model.configuration.writers[index] ?? 0;
  const version = state.commits.length + 1;
  const committed = {
    ...state,
    commits: [...state.commits, written],
    rows: state.rows.map((old, row) => (has(written, row) ? version : old)),
  };
  const after = { ...writer, version, next: writer.next + 1, lostFence: false };
  return write(committed, index, after, state.store, () => `COMMITs version ${version} of ${rowNames(written)}`);
}

function unfenceAfterCommit(model: Model, state: State, index: number, writer: Writer): Step {
  const token = tokenOf(model, index, writer.attempt);
  const store = unfence(state.store, token, model.configuration.writers[index] ?? 0, model.without);
  return write(state, index, { ...writer, next: writer.next + 1 }, store, () => "unfences");
}

function answer(model: Model, state: State, index: number, writer: Writer): Step {
  const written = model.configuration.writers[index] ?? 0;
  const values = state.rows.map((_, row) => (has(written, row) ? writer.version : 0));
  const answered = { ...state, acknowledged: newest(state.acknowledged, values) };
  return write(answered, index, { ...writer, next: writer.next + 1 }, state.store, () => "answers: acknowledged");
}

/** Before COMMIT an attempt may end otherwise: its process dies, or it is rolled back, unfenced and run again. */
function endsOfAttempt(model: Model, state: State, index: number, writer: Writer): Step[] {
  const { crash, retries } = model.configuration.faults;
  if (writer.next > model.commitMove || writer.fenced === 0) return [];
  const steps: Step[] = [];
  if (crash) {
    const dead = { ...writer, next: model.writePath.length, lostFence: false };
    steps.push(write(state, index, dead, state.store, () => "dies before COMMIT"));
  }
  if (writer.attempt < retries) {
    const lateUnfences = writer.lateUnfences | (1 << writer.attempt);
    const again = { ...idleWriter, attempt: writer.attempt + 1, lateUnfences };
    steps.push(write(state, index, again, state.store, () => "is rolled back, sends its unfence, and begins again"));
  }
  return steps;
}

/** The unfence of an attempt that was rolled back may arrive whenever it likes. */
function lateUnfences(model: Model, state: State, index: number, writer: Writer): Step[] {
  const steps: Step[] = [];
  for (let attempt = 0; attempt < writer.attempt; attempt++) {
    if (!has(writer.lateUnfences, attempt)) continue;
    const token = tokenOf(model, index, attempt);
    const store = unfence(state.store, token, model.configuration.writers[index] ?? 0, model.without);
    const after = { ...writer, lateUnfences: writer.lateUnfences & ~(1 << attempt) };
    steps.push(write(state, index, after, store, () => `'s unfence of attempt ${attempt + 1} arrives`));
  }
  return steps;
}

/** After COMMIT the invalidation row is there for the relay, whether the writer lives or not. */
function relaySteps(model: Model, state: State, index: number, writer: Writer): Step[] {
  if (!model.configuration.faults.relay || writer.version === 0 || writer.relayed) return [];
  const token = tokenOf(model, index, writer.attempt);
  const store = unfence(state.store, token, model.configuration.writers[index] ?? 0, model.without);
  return [
    write(state, index, { ...writer, relayed: true }, store, () => "'s row is found by the relay, which unfences"),
  ];
}

function write(state: State, index: number, writer: Writer, store: CacheStore, does: () => string): Step {
  const next = { ...state, store, writers: replaced(state.writers, index, writer) };
  return step(next, () => `writer ${"AB"[index]} ${does()}`.replace(" 's", "'s"));
}
