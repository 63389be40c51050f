// Removes what is kept only for a while: the markers by which a lost COMMIT is settled.

import { sleep } from "../core/async.ts";
import type { Database } from "../database/database.ts";
import { sql } from "../database/statement.ts";
import type { Log } from "../service/context.ts";

const everyMillis = 10 * 60_000;

/** Cleans up in the background. Several may run on one database. */
export interface Janitor {
  start(): void;
  stop(): Promise<void>;
}

/** A janitor, not yet started. A marker is needed for as long as a call can wait to be settled; it is kept an hour. */
export function createJanitor(database: Database, log: Pick<Log, "warn">): Janitor {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const clean = async (): Promise<void> => {
    try {
      await database.query(sql`delete from trivium.commit_marker where created_at < now() - interval '1 hour'`);
    } catch (error) {
      log.warn({ err: error }, "old commit markers could not be removed");
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
