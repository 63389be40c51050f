// A database for work that no call's deadline ends: relay, consumers' bookkeeping, gauges.

import type { CallLimits, Database } from "./database.ts";

/**
 * The same database, but what gives no deadline of its own ends after `millis`. Without it a statement on a connection
 * whose network fell silent would wait for minutes, until the operating system gives the connection up.
 */
export function withTimeLimit(database: Database, millis: number): Database {
  const limited = <L extends CallLimits>(limits: L): L => ({
    ...limits,
    deadline: limits.deadline ?? Date.now() + millis,
  });
  return {
    features: database.features,
    locks: database.locks,
    wakeups: database.wakeups,
    query: (statement, limits = {}) => database.query(statement, limited(limits)),
    begin: (options) => database.begin(limited(options)),
    settle: (backend, evidence, limits) => database.settle(backend, evidence, limits),
    close: () => database.close(),
  };
}
