// What the tests of live events share: hubs, posts, and readers that keep what they see.

import type { Database } from "../../database/database.ts";
import { commitEvents, keptLog, pendingEvent } from "../../testing/events/event-fixtures.ts";
import type { FollowOptions, LiveEvent } from "./live-events.ts";
import { createLiveHub, type LiveHub, type LiveHubOptions } from "./live-hub.ts";

/** A hub that looks seldom by itself, so that tests see whether hints arrive. */
export function openHub(database: Database, options: Partial<LiveHubOptions> = {}): LiveHub {
  const hub = createLiveHub({ database, log: keptLog(), pollInterval: 60_000, ...options });
  open.add(hub);
  return hub;
}

const open = new Set<LiveHub>();

/** Closes the hubs that are still open, as after a failed test. */
export async function closeHubs(): Promise<void> {
  await Promise.all(open.values().map((hub) => hub.close()));
  open.clear();
}

/** Commits one event for each number, of one key, in one unit. */
export function post(database: Database, stream: string, key: string, ...numbers: number[]): Promise<void> {
  return commitEvents(
    database,
    numbers.map((n) => pendingEvent(stream, key, { data: { n } })),
  );
}

/** Follows without an own signal. */
export function followed(hub: LiveHub, options: Omit<FollowOptions, "signal"> & { readonly signal?: AbortSignal }) {
  return hub.follow({ signal: new AbortController().signal, ...options });
}

/** The next so many events. */
export async function take(events: AsyncIterator<LiveEvent, undefined>, count: number): Promise<LiveEvent[]> {
  const taken: LiveEvent[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done === true) throw new Error(`The subscription ended after ${taken.length} events`);
    taken.push(value);
  }
  return taken;
}

/** The numbers of events. */
export function sequences(events: readonly LiveEvent[]): number[] {
  return events.map(({ sequence }) => sequence);
}

/** `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The same database, with a count of who listens for hints. */
export function countingListeners(database: Database, count: (by: number) => void): Database {
  const listen: Database["wakeups"]["listen"] = (channel, heard) => {
    const end = database.wakeups.listen(channel, heard);
    count(1);
    return () => {
      end();
      count(-1);
    };
  };
  const { features, locks } = database;
  return {
    ...{ features, locks, wakeups: { listen, notify: (channel) => database.wakeups.notify(channel) } },
    query: (statement, limits) => database.query(statement, limits),
    begin: (options) => database.begin(options),
    settle: (backend, evidence, limits) => database.settle(backend, evidence, limits),
    close: () => database.close(),
  };
}
