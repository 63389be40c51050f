// A subscriber who is cut off again and again, changes the process and the road, and always goes on where he was.

import type { OutputOf } from "trivium/contract";
import type { messages } from "../../reference/messages/contract.ts";
import type { Client } from "../../src/client/client-types.ts";

/** A client of the reference service. */
export type ChatClient = Client<{ messages: typeof messages }>;

type Watched = OutputOf<typeof messages.watch>;

/** What a subscriber has seen so far. */
export interface Heard {
  readonly channelId: string;
  /** The messages' ids in the order in which they were seen. */
  readonly ids: string[];
  /** How often he was cut off. */
  cuts: number;
}

/**
 * Watches a channel from its beginning until `enough` says so. After a random number of events the stream is aborted,
 * and resumed with the last cursor through a client taken at random. Throws what a stream fails with.
 */
export async function subscribe(
  heard: Heard,
  clients: readonly ChatClient[],
  enough: (heard: Heard) => boolean,
  stop: AbortSignal,
): Promise<void> {
  let after: string | undefined = "0";
  while (!enough(heard) && !stop.aborted) {
    const cut = new AbortController();
    const patience = 20 + Math.floor(Math.random() * 400);
    const client = clients[Math.floor(Math.random() * clients.length)] as ChatClient; // never empty
    let seen = 0;
    try {
      const signal = AbortSignal.any([cut.signal, stop]);
      for await (const event of client.messages.watch(
        { channelId: heard.channelId, after },
        { signal, resume: false },
      )) {
        after = takeEvent(heard, event);
        if (enough(heard)) return;
        // Some are cut off by the network, some leave by themselves.
        if (++seen >= patience) {
          if (patience % 2 === 0) break;
          cut.abort();
        }
      }
    } catch (error) {
      if (!cut.signal.aborted && !stop.aborted) throw error;
    }
    heard.cuts++;
  }
}

function takeEvent(heard: Heard, { cursor, message }: Watched): string {
  heard.ids.push(message.id);
  return cursor;
}
