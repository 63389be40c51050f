// Which transaction, if any, the running call shares with the call that it came from.

import type { Dependencies } from "../cache/dependencies.ts";
import type { CallLimits } from "../database/database.ts";
import type { QueryResult, Statement } from "../database/statement.ts";
import type { Call, CallOrigin } from "../pipeline/call.ts";
import type { RowSource } from "../repository/row-source.ts";
import { readWatched } from "../repository/sources/watched-rows.ts";
import type { Environment, Session } from "./environment.ts";
import { UnitOfWork } from "./unit-of-work/unit-of-work.ts";
import { currentScope } from "./unit-of-work/unit-scope.ts";

/** What kind of reads they are. */
export interface ReadOptions {
  readonly isSnapshot?: boolean;
  readonly dependencies?: Dependencies | undefined;
}

/** Reads without a unit of work: each statement for itself, or all in one snapshot. */
export class ReadSession implements Session {
  readonly rows: RowSource;
  /** Whether all of it reads one snapshot. */
  readonly isSnapshot: boolean;
  /** Where what is read is noted, while an answer is loaded for the cache. */
  readonly dependencies: Dependencies | undefined;
  readonly #run: (statement: Statement) => Promise<QueryResult>;

  constructor(
    environment: Environment,
    run: (statement: Statement) => Promise<QueryResult>,
    { isSnapshot = false, dependencies }: ReadOptions = {},
  ) {
    this.#run = run;
    this.isSnapshot = isSnapshot;
    this.dependencies = dependencies;
    const rows = environment.rowsOver(this);
    this.rows = dependencies === undefined ? rows : readWatched(rows, dependencies);
  }

  /** Throws when called from inside a unit of work, for which it would wait, or whose writes it would not see. */
  async query(statement: Statement): Promise<QueryResult> {
    if (currentScope() !== undefined) {
      throw new Error(
        "The database was used through another context from inside a unit of work: use the ctx of the handler",
      );
    }
    return this.#run(statement);
  }
}

/** What a call's statements go through. */
export type CallSession = UnitOfWork | ReadSession;

/** Lets the calls made from inside `call` use its transaction. */
export function shareSession(call: CallOrigin, session: CallSession): void {
  call.session = session;
}

/** The transaction of the nearest call around this one; undefined at the top. */
export function inheritedSession(call: CallOrigin): CallSession | undefined {
  for (let origin = call.parent; origin !== undefined; origin = origin.parent) {
    if (origin.session !== undefined) return origin.session as CallSession; // set by shareSession only
  }
  return undefined;
}

/** The unit of work of a session; throws outside of one. */
export function unitOf(session: CallSession, what: string): UnitOfWork {
  if (session instanceof UnitOfWork) return session;
  throw new Error(`${what} needs a unit of work: do it in a command or a consumer`);
}

/** Reads without a transaction: each statement for itself, cancelled with the call. */
export function plainReads(environment: Environment, call: Call): ReadSession {
  const limits = new LimitsOfCall(call);
  return new ReadSession(environment, (statement) => environment.database.query(statement, limits));
}

/** A call's limits: its signal aborts at its deadline too. It is made only for whoever asks for it. */
class LimitsOfCall implements CallLimits {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
