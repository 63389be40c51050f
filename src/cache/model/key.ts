// The compact name of a state: two states with the same key have the same future, so the second one need not be
// explored. Readers are alike, hence sorted. Of clock values only the order counts, hence their ranks are kept: every
// rule compares them, and a new one is greater than all. That holds within one life of the store, and what is leased in
// another life is compared with nothing, unless the protocol ignores the boot.

import type { Model } from "./configuration.ts";
import type { CacheStore, Reader, State, Writer } from "./state.ts";

const phases: Readonly<Record<Reader["phase"], number>> = {
  idle: 0,
  missed: 1,
  half: 2,
  loaded: 3,
  joined: 4,
  done: 5,
};
const bytes = Buffer.alloc(128);
let length = 0;

/** The key. One character for each number of the state. */
export function keyOf(model: Model, state: State): string {
  length = 0;
  const rank = model.without.boot ? exact : ranksIn(state.store, state.readers);
  put(state.commits.length);
  for (const written of state.commits) put(written);
  putStore(state.store, rank);
  put(state.saved === undefined ? 0 : 1);
  if (state.saved !== undefined) putStore(state.saved, model.without.boot ? exact : ranksIn(state.saved, []));
  for (const writer of state.writers) putWriter(writer);
  const readers = state.readers.map((reader, index) => codeOf(state, reader, index, rank)).sort((a, b) => a - b);
  for (const code of readers) putTwo(code);
  for (const version of state.acknowledged) put(version);
  for (const version of state.observed) put(version);
  put(state.wipesLeft * 8 + state.restoresLeft);
  return bytes.toString("latin1", 0, length);
}

type Rank = (clock: number, boot: number) => number;

const exact: Rank = (clock) => clock;

function ranksIn(store: CacheStore, readers: readonly Reader[]): Rank {
  let present = 1 | (1 << store.clock) | (1 << store.floor);
  for (const at of store.invalidated) present |= 1 << at;
  if (store.entry?.lease.boot === store.boot) present |= 1 << store.entry.lease.clock;
  for (const { lease } of readers) if (lease?.boot === store.boot) present |= 1 << lease.clock;
  return (clock, boot) => (boot === store.boot ? ones(present & ((1 << clock) - 1)) : 0);
}

function ones(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function putStore(store: CacheStore, rank: Rank): void {
  const { boot, entry } = store;
  put(boot * 2 + (store.closed ? 1 : 0));
  put(rank(store.clock, boot));
  put(rank(store.floor, boot));
  for (const at of store.invalidated) put(rank(at, boot));
  for (const tokens of store.fences) put(tokens);
  put(entry === undefined ? 0 : entry.lease.boot + 1);
  if (entry === undefined) return;
  put(rank(entry.lease.clock, entry.lease.boot));
  for (const version of entry.values) put(version);
}

function putWriter(writer: Writer): void {
  put(writer.next * 16 + writer.attempt);
  put(writer.lateUnfences * 16 + writer.fenced * 4 + (writer.lostFence ? 2 : 0) + (writer.relayed ? 1 : 0));
  put(writer.version);
}

/** Who joined whom counts, not which of the readers it is. */
function codeOf(state: State, reader: Reader, index: number, rank: Rank): number {
  const { phase, lease, values } = reader;
  const joined = state.readers.filter((other) => other.phase === "joined" && other.leader === index).length;
  const leased = lease === undefined ? 0 : (rank(lease.clock, lease.boot) + 1) * 4 + lease.boot;
  const loaded = (values[0] ?? 0) * 4 + (values[1] ?? 0);
  return ((phases[phase] * 128 + leased) * 16 + loaded) * 4 + joined;
}

function put(value: number): void {
  if (value > 255) throw new RangeError(`${value} does not fit into a character of the key`);
  bytes[length++] = value;
}

function putTwo(value: number): void {
  if (value > 65_535) throw new RangeError(`${value} does not fit into two characters of the key`);
  bytes[length++] = value >> 8;
  bytes[length++] = value & 255;
}
