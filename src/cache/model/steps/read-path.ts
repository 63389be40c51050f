// The path of a read: ask the store; on a miss, with the lease that it gave, load in one snapshot, answer, fill. Beside
// it: a read may join a load whose snapshot is still to be taken, and reads the database when the store is out of reach
// or closed.
//
// A read starts with its first step and completes with the one that determines its value: a later completion lets fewer
// reads start after it, so nothing is missed. A reader that dies is one that never moves again.

import type { Model } from "../configuration.ts";
import { brokenBy, newest } from "../promises.ts";
import { isHit, leaseOf } from "../rules.ts";
import { doneReader, type Entry, idleReader, type Reader, replaced, type State, type Versions } from "../state.ts";
import { fill } from "./scripts.ts";
import { type Step, step } from "./step.ts";

/** Everything that may happen next to the reader. */
export function readerSteps(model: Model, state: State, index: number): Step[] {
  const reader = state.readers[index];
  if (reader === undefined) return [];
  if (reader.phase === "idle") {
    return [...ask(model, state, index), readDatabase(model, state, index), ...join(model, state, index)];
  }
  if (reader.phase === "missed") {
    const isTorn = model.without.oneSnapshot;
    return [isTorn ? loadFirstRow(state, index, reader) : load(model, state, index, reader, state.rows)];
  }
  if (reader.phase === "half") {
    return [load(model, state, index, reader, [reader.values[0] ?? 0, state.rows[1] ?? 0])];
  }
  if (reader.phase === "loaded") return [afterLoad(model, state, index, reader)];
  return [];
}

/** A hit, or a lease. A closed store gives neither: see `readDatabase`. */
function ask(model: Model, state: State, index: number): Step[] {
  const { store } = state;
  const { without } = model;
  if (store.closed && !without.refusalWhileClosed) return [];
  if (store.entry !== undefined && isHit(store, store.entry, without)) {
    const { values } = store.entry;
    return [answered(model, state, values, read(state, index, doneReader), () => who(index, "hits", values))];
  }
  const lease = without.lease || without.leaseBeforeLoad ? undefined : leaseOf(store);
  const words = lease === undefined ? "misses" : `misses and takes the lease ${lease.clock}`;
  return [step(read(state, index, { ...idleReader, phase: "missed", lease }), () => who(index, words))];
}

function readDatabase(model: Model, state: State, index: number): Step {
  const next = read(state, index, doneReader);
  return answered(model, state, state.rows, next, () => who(index, "reads the database alone", state.rows));
}

/** Another's load may be joined while its snapshot is still to be taken. */
function join(model: Model, state: State, index: number): Step[] {
  if (!model.configuration.joins) return [];
  return state.readers.flatMap((leader, of) => {
    if (leader.phase === "missed") {
      const joined: Reader = { ...idleReader, phase: "joined", leader: of };
      return [step(read(state, index, joined), () => who(index, `joins the load that reader ${of + 1} will begin`))];
    }
    if (leader.phase === "loaded" && model.without.joinBeforeSnapshot) {
      const words = `joins the load of reader ${of + 1}, whose snapshot is taken,`;
      const next = read(state, index, doneReader);
      return [answered(model, state, leader.values, next, () => who(index, words, leader.values))];
    }
    return [];
  });
}

/** Takes the snapshot and answers, as do those who joined. */
function load(model: Model, state: State, index: number, reader: Reader, values: Versions): Step {
  const joined = state.readers.map((other) =>
    other.phase === "joined" && other.leader === index ? doneReader : other,
  );
  const next = read({ ...state, readers: joined }, index, { ...reader, phase: "loaded", values });
  return answered(model, state, values, next, () => who(index, "loads", values));
}

function loadFirstRow(state: State, index: number, reader: Reader): Step {
  const values = [state.rows[0] ?? 0];
  return step(read(state, index, { ...reader, phase: "half", values }), () => who(index, "loads x alone", values));
}

/** The fill; before it, in the protocol without lease before load, the lease. */
function afterLoad(model: Model, state: State, index: number, reader: Reader): Step {
  const { without } = model;
  if (reader.lease === undefined && without.leaseBeforeLoad) {
    const lease = leaseOf(state.store);
    return step(read(state, index, { ...reader, lease }), () => who(index, `takes the lease ${lease.clock}`));
  }
  const tags = without.tagOfEachRow ? 1 : (1 << model.configuration.rows) - 1;
  const entry: Entry = { lease: reader.lease ?? leaseOf(state.store), tags, values: reader.values };
  const store = fill(state.store, entry, without);
  const words = store === state.store ? "'s fill is refused" : `fills, with the lease ${entry.lease.clock},`;
  return step(read({ ...state, store }, index, doneReader), () => who(index, words, entry.values));
}

function read(state: State, index: number, reader: Reader): State {
  return { ...state, readers: replaced(state.readers, index, reader) };
}

function answered(model: Model, state: State, values: Versions, next: State, words: () => string): Step {
  const breaks = brokenBy(state, values, model.configuration.claims);
  return { next: { ...next, observed: newest(state.observed, values) }, words, breaks };
}

function who(index: number, words: string, values: Versions = []): string {
  const shown = values.map((version, row) => `${"xy"[row]}=${version}`).join(" ");
  return `reader ${index + 1} ${words} ${shown}`.replace(" 's", "'s").trim();
}
