// Removes what is kept only for a while: markers by which a lost COMMIT is settled, answers under idempotency keys,
// invalidations, and what the cache's store remembers of tags that nothing depends on any more.

import { sleep } from "../../core/async.ts";
import type { Database } from "../../database/database.ts";
import { sql } from "../../database/statement.ts";
import type { Log } from "../../service/context.ts";
import type { Store } from "../../store/store.ts";

const everyMillis = 10 * 60_000;

/** Cleans up in the background. Several may run on one database. */
export interface Janitor {
  start(): void;
  stop(): Promise<void>;
}

/**
 * A janitor, not yet started. A marker is needed for as long as a call can wait to be settled; it is kept an hour. An
 * idempotency record counts for 24 hours. An invalidation that was not relayed within two has nothing left to end: no
 * answer is kept for longer than one.
 */
export function createJanitor(database: Database, store: Store | undefined, log: Pick<Log, "warn">): Janitor {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const clean = async (): Promise<void> => {
    try {
      await database.query(sql`delete from trivium.commit_marker where created_at < now() - interval '1 hour'`);
      await database.query(sql`delete from trivium.idempotency where created_at <= now() - interval '24 hours'`);
      await database.query(sql`delete from trivium.invalidation where created_at < now() - interval '2 hours'`);
      if (store?.isReachable) await store.forget();
    } catch (error) {
      log.warn({ err: error }, "what is no longer needed could not be removed");
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clean();
      await sleep(everyMillis, stopping.signal, true).catch(() => undefined);
    }
  };
  return {
    start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
