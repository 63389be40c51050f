// Runs work as a unit of work: again after a conflict, rolled back after anything else.

import { backoff, sleep } from "../../core/async.ts";
import { isConflict, translateDatabaseError } from "../database-failure.ts";
import type { Environment } from "../environment.ts";
import { type CommitWatcher, UnitOfWork, type UnitOptions } from "./unit-of-work.ts";
import { currentScope, runInScope } from "./unit-scope.ts";

const retries = 3;
const baseMillis = 10;
const capMillis = 200;

/**
 * Answers what `work` gave, after COMMIT. After a serialisation failure or a deadlock `work` runs again in a new unit,
 * three times at most, then AppError TRANSACTION_CONFLICT. Whatever is thrown, nothing of the unit has taken effect,
 * save after OUTCOME_UNKNOWN.
 */
export async function runUnit<T>(
  environment: Environment,
  options: UnitOptions,
  watcher: CommitWatcher,
  work: (unit: UnitOfWork) => Promise<T>,
): Promise<T> {
  if (currentScope() !== undefined) throw new Error("A unit of work cannot be opened inside another one: use ctx.call");
  for (let attempt = 0; ; attempt++) {
    const unit = new UnitOfWork(environment, options);
    try {
      const result = await runInScope(unit.root, () => work(unit));
      await unit.commit(watcher);
      return result;
    } catch (thrown) {
      await unit.rollback();
      const conflict = [thrown, unit.root.failure?.error].find(isConflict);
      // What the handler made of a failed statement is its answer; what it made of a conflict would be a guess.
      if (conflict === undefined || attempt === retries)
        throw translateDatabaseError(conflict ?? thrown, options.signal);
      await sleep(backoff(attempt, baseMillis, capMillis), options.signal);
    }
  }
}
