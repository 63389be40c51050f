// The durable side of invalidation. A unit of work leaves a row with the tags that it touched in its own transaction,
// and removes it once they were bumped; a write from outside leaves one by a trigger. Rows that stay are seen to here:
// the tags are bumped (again), and the fence of a writer that died is taken away.

import { sleep } from "../core/async.ts";
import type { Database } from "../database/database.ts";
import { sql } from "../database/statement.ts";
import type { Store } from "../store/store.ts";

/** What is told of trouble. */
export interface InvalidationLog {
  warn(fields: object, message: string): void;
}

/** Milliseconds between two looks for rows: within a second a write from outside is seen. */
const pollInterval = 400;
/** Milliseconds between two removals of rows that are done with. */
const removeInterval = 250;
const batch = 500;

/**
 * The rows that this process left and no longer needs: removed in batches, since nobody waits for it. A row that stays
 * because the process died is bumped once more, which does no harm.
 */
export class OwnInvalidations {
  readonly #database: Database;
  #done: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The row's tags were bumped. */
  done(id: string): void {
    this.#done.push(id);
    this.#timer ??= setTimeout(() => void this.#remove(), removeInterval).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#remove();
  }

  async #remove(): Promise<void> {
    this.#timer = undefined;
    const ids = this.#done;
    if (ids.length === 0) return;
    this.#done = [];
    try {
      await this.#database.query({
        name: "trivium_invalidation_done",
        text: "delete from trivium.invalidation where id = any($1::uuid[])",
        values: [ids],
      });
    } catch {
      // Left to whoever looks for rows that stayed.
    }
  }
}

/** Sees to rows that stay. Several processes may: a tag that is bumped twice is only loaded once more. */
export interface InvalidationRelay {
  start(): void;
  stop(): Promise<void>;
}

/** A relay of invalidations, not yet started. */
export function createInvalidationRelay(database: Database, store: Store, log: InvalidationLog): InvalidationRelay {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  const turn = async (): Promise<void> => {
    try {
      while ((await relayBatch(database, store)) === batch);
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, "what was written cannot be invalidated at the moment; it will be");
      failing = true;
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (store.isReachable) await turn();
      await sleep(pollInterval, stopping.signal, true).catch(() => undefined);
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

/** Answers how many rows there were. Rows without a token are from outside; a unit's own are given time to be removed. */
async function relayBatch(database: Database, store: Store): Promise<number> {
  const { rows } = await database.query(sql`
    select id, token, tags from trivium.invalidation
    where relayed_at is null and (token is null or created_at < now() - interval '5 seconds')
    order by created_at limit ${batch}`);
  for (const { token, tags } of rows) {
    // The columns are text and text[]; a token that no fence has takes none away.
    await store.unfence((token as string | null) ?? "", tags as string[]);
  }
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0)
    await database.query(sql`update trivium.invalidation set relayed_at = now() where id = any(${ids}::uuid[])`);
  return rows.length;
}
