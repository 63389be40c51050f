// Parts of a unit of work that can be undone by themselves: what `ctx.try` stands on.

import type { Transaction } from "../../database/database.ts";
import { isConflict } from "../database-failure.ts";
import { runInScope, UnitScope } from "./unit-scope.ts";

/** The savepoints of one unit, by turns where they stand beside each other. */
export class Savepoints {
  readonly #begin: () => Promise<Transaction>;
  #opened = 0;

  constructor(begin: () => Promise<Transaction>) {
    this.#begin = begin;
  }

  /**
   * Runs `work` in a scope inside `outer`: if it fails, its statements, events and effects are undone and the unit can go
   * on. After a conflict it cannot.
   */
  open<T>(outer: UnitScope, work: () => Promise<T>): Promise<T> {
    const result = outer.savepoints.run(() => {
      const inner = this.#run(outer, work);
      const ended = inner.then(ignore, ignore).finally(() => {
        outer.inner = undefined;
      });
      outer.inner = ended;
      return inner;
    });
    outer.track(result);
    return result;
  }

  async #run<T>(outer: UnitScope, work: () => Promise<T>): Promise<T> {
    outer.assertOpen();
    const transaction = await this.#begin();
    const name = `s${++this.#opened}`;
    const scope = new UnitScope(outer.unit, outer);
    await transaction.query({ text: `SAVEPOINT ${name}`, values: [] });
    try {
      const result = await runInScope(scope, work);
      await scope.idle();
      if (scope.failure !== undefined) throw scope.failure.error;
      scope.closed = true;
      await transaction.query({ text: `RELEASE SAVEPOINT ${name}`, values: [] });
      outer.events.push(...scope.events);
      outer.effects.push(...scope.effects);
      return result;
    } catch (error) {
      scope.closed = true;
      await undo(transaction, name, outer);
      // Only the whole unit can run again, so the handler has nothing to decide.
      const conflict = [error, scope.failure?.error].find(isConflict);
      if (conflict !== undefined) outer.fail(conflict);
      throw error;
    }
  }
}

async function undo(transaction: Transaction, savepoint: string, outer: UnitScope): Promise<void> {
  try {
    const undone = transaction.query({ text: `ROLLBACK TO SAVEPOINT ${savepoint}`, values: [] });
    await Promise.all([undone, transaction.query({ text: `RELEASE SAVEPOINT ${savepoint}`, values: [] })]);
  } catch (lost) {
    outer.fail(lost);
    throw lost;
  }
}

function ignore(): undefined {
  return undefined;
}
