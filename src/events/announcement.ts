// The hints that follow a COMMIT with events: to relays, and to whoever follows one of the keys.

import type { Wakeups } from "../database/database.ts";
import { outboxChannel } from "./outbox.ts";
import { hashOf } from "./shard.ts";

/** Among so many channels keys are spread: a hint makes few look that have no news. */
const keyChannels = 1024;

/** The channel on which it is said that a key may have new events, whatever its stream. */
export function keyChannel(key: string): string {
  return `trivium_key_${hashOf(key) % keyChannels}`;
}

/** Says in all processes that these events were committed. Never waits, never throws; hints may be lost. */
export function announceEvents(wakeups: Wakeups, events: readonly { readonly key: string }[]): void {
  if (events.length === 0) return;
  wakeups.notify(outboxChannel);
  for (const { key } of events) wakeups.notify(keyChannel(key));
}
