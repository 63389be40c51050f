// Step 10, cache: a query whose answers are kept. Its load (authorization included, unless the entry is shared) reads
// one new snapshot, and notes what it reads.

import { z } from "zod";
import type { CoherentCache, Loaded } from "../cache/coherent-cache.ts";
import { Dependencies } from "../cache/dependencies.ts";
import { bytesFromEntry, type Entry, entryFromBytes } from "../cache/entry.ts";
import { entryKeys } from "../cache/entry-key.ts";
import { errorFromFailure } from "../contract/failure.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import { isAppError } from "../core/app-error.ts";
import { type Call, EncodedValue } from "../pipeline/call.ts";
import type { ReadSession } from "./session.ts";

/** Runs the handler, with what must run before it, and answers the checked value. */
type Run = (session: ReadSession) => Promise<unknown>;

/** Gives `read` a session on one new read-only snapshot, which notes what is read. */
type InSnapshot = <T>(call: Call, dependencies: Dependencies, read: (session: ReadSession) => Promise<T>) => Promise<T>;

/** What a cached query is made over. */
export interface CachedQueryParts {
  readonly cache: CoherentCache;
  readonly inSnapshot: InSnapshot;
  /** Told when an answer cannot be kept, because its handler reads by SQL of its own and names no tags. */
  readonly onIncomplete: () => void;
}

/** A query with its entries. */
export interface CachedQuery {
  /** The key of a call's entry. Its input is the parsed one. */
  key(call: Call): string;
  /** The value of a call: kept, or loaded by `run`. Throws what `run` throws. */
  read(call: Call, run: Run): Promise<EncodedValue>;
}

/** Makes it; undefined for a contract that keeps nothing. */
export function createCachedQuery(
  { id, contract }: RegisteredOperation,
  parts: CachedQueryParts,
): CachedQuery | undefined {
  const ttl = contract.cache?.ttl;
  if (ttl === undefined) return undefined;
  const { cache, inSnapshot } = parts;
  const keyOf = entryKeys(id, contractText(contract), contract.cache?.shared ?? false);
  const failures = new Map(contract.failures.map((failure) => [failure.reason, failure]));
  const key = (call: Call): string => keyOf(call.user, call.input);

  const outcome = async (run: Run, session: ReadSession): Promise<Entry> => {
    try {
      return answerEntry(await run(session));
    } catch (thrown) {
      if (!isAppError(thrown) || !failures.has(thrown.reason)) throw thrown;
      return { failure: thrown.reason, details: thrown.details ?? {} };
    }
  };
  const load = async (call: Call, run: Run): Promise<Loaded> => {
    const dependencies = new Dependencies();
    const entry = await inSnapshot(call, dependencies, (session) => outcome(run, session));
    const { tags, isComplete } = dependencies;
    if (!isComplete) parts.onIncomplete();
    return { body: bytesFromEntry(entry), tags, isComplete };
  };
  const decode = (bytes: Uint8Array): EncodedValue => {
    const entry = entryFromBytes(bytes);
    if (!("failure" in entry)) return new EncodedValue(entry.json, entry.version);
    const failure = failures.get(entry.failure);
    if (failure === undefined) throw new Error(`${id}: the kept failure ${entry.failure} is not declared`);
    throw errorFromFailure(failure, entry.details);
  };
  return {
    key,
    async read(call, run) {
      const entry = call.entry ?? { key: key(call), lookup: await cache.look(key(call)) };
      return decode(await cache.read({ ...entry, ttl, load: () => load(call, run) }));
    },
  };
}

function answerEntry(value: unknown): Entry {
  const version = (value as { readonly version?: unknown } | null)?.version; // any JSON value may be asked
  return { json: Buffer.from(JSON.stringify(value)), version: typeof version === "number" ? version : undefined };
}

/** Changes with whatever changes the meaning of an entry. */
function contractText({ input, output, failures }: RegisteredOperation["contract"]): string {
  const shapes = [input, output, ...failures.map(({ details }) => details)];
  return JSON.stringify([
    failures.map(({ reason }) => reason),
    shapes.map((shape) => (shape === undefined ? null : z.toJSONSchema(shape, { unrepresentable: "any" }))),
  ]);
}
