// Events that a consumer does not handle: the inbox moves over them, many keys in one round trip.

import type { Database, Transaction } from "../../database/database.ts";
import type { QueryResult } from "../../database/statement.ts";

/** Events of one key, numbered without a hole, none of which the consumer handles. */
export interface SkippedRun {
  readonly key: string;
  readonly first: number;
  readonly last: number;
}

interface Waiting {
  readonly run: SkippedRun;
  readonly resolve: (moved: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const enterText = `
insert into trivium.inbox (consumer, stream, key)
select $1, $2, key from unnest($3::text[]) as key order by key collate "C" on conflict do nothing`;
const lockText = `
select 1 from trivium.inbox where consumer = $1 and stream = $2 and key = any($3::text[]) order by key for update`;
// Only where the run follows what was settled. A key with parked events may be moved over too: there is no effect that
// could come too early.
const moveText = `
update trivium.inbox i set sequence = r.last
from unnest($3::text[], $4::bigint[], $5::bigint[]) as r(key, first, last)
where i.consumer = $1 and i.stream = $2 and i.key = r.key
  and coalesce(i.sequence, 0) >= r.first - 1 and coalesce(i.sequence, 0) < r.last`;
const readText = `
select key, sequence from trivium.inbox where consumer = $1 and stream = $2 and key = any($3::text[])`;

/** Moves one consumer's inbox; what is asked for while a round trip is under way goes with the next. */
export class SkipBatcher {
  readonly #database: Database;
  readonly #consumer: string;
  readonly #stream: string;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(database: Database, consumer: string, stream: string) {
    this.#database = database;
    this.#consumer = consumer;
    this.#stream = stream;
  }

  /** Whether the inbox stands at the run's last event or later. If not, something comes before the run. */
  move(run: SkippedRun): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const reached = await this.#moveAll(batch.map(({ run }) => run));
        for (const { run, resolve } of batch) resolve((reached.get(run.key) ?? 0) >= run.last);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  async #moveAll(runs: readonly SkippedRun[]): Promise<Map<string, number>> {
    const transaction = await this.#database.begin({ isolation: "read committed" });
    try {
      const { rows } = await this.#send(transaction, runs);
      // The casts repeat the statement's column types.
      return new Map(rows.map((row) => [row.key as string, (row.sequence ?? 0) as number]));
    } finally {
      await transaction.rollback();
    }
  }

  /** One round trip; each statement has a snapshot of its own, the later ones under the locks. */
  async #send(transaction: Transaction, runs: readonly SkippedRun[]): Promise<QueryResult> {
    const keys = [this.#consumer, this.#stream, runs.map((run) => run.key)];
    const bounds = [runs.map((run) => run.first), runs.map((run) => run.last)];
    const [, , , result] = await Promise.all([
      transaction.query({ name: "trivium_skip_enter", text: enterText, values: keys }),
      transaction.query({ name: "trivium_skip_lock", text: lockText, values: keys }),
      transaction.query({ name: "trivium_skip_move", text: moveText, values: [...keys, ...bounds] }),
      transaction.query({ name: "trivium_skip_read", text: readText, values: keys }),
      transaction.commit(),
    ]);
    return result;
  }
}
