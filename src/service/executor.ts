// The end of the pipeline: runs an operation's handler, a command in its unit of work, a query without one.

import type { Dependencies } from "../cache/dependencies.ts";
import type { Operation } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { QueryResult, Statement } from "../database/statement.ts";
import type { Call } from "../pipeline/call.ts";
import type { Executor } from "../pipeline/ports.ts";
import { type CachedQuery, createCachedQuery } from "./cached-query.ts";
import { translated } from "./database-failure.ts";
import type { Environment } from "./environment.ts";
import type { HandlerParts } from "./handler.ts";
import { HandlerContext, type HandlerIdentity } from "./handler-context.ts";
import { callKey } from "./idempotency/call-key.ts";
import { type RunUnit, runOnce } from "./idempotency/run-once.ts";
import { type CallSession, inheritedSession, plainReads, ReadSession, shareSession } from "./session.ts";
import { runUnit } from "./unit-of-work/run-unit.ts";

type Check = Parameters<Executor["execute"]>[1];

/** Joins an operation that takes and answers one message, and its handler. */
export function createExecutor(
  environment: Environment,
  operation: RegisteredOperation,
  handler: HandlerParts<Operation>,
): Executor {
  const { contract } = operation;
  const { authorize } = handler;

  const isShared = contract.cache?.shared ?? false;
  const contextOf = (call: Call, session: CallSession, isHandler = true) => {
    const shared = isShared && isHandler;
    const identity: HandlerIdentity = { name: operation.id, road: call.road, emits: contract.emits, shared };
    return new HandlerContext(environment, call, identity, session) as never; // the operation's own context type
  };
  const handle = async (call: Call, session: CallSession, prepared: unknown, checked: Check): Promise<unknown> => {
    shareSession(call, session);
    const context = contextOf(call, session);
    return checked(await handler.handle(call.input as never, context, prepared as never)); // typed by `implement`
  };

  async function command(call: Call, checked: Check): Promise<unknown> {
    const { isolation } = contract;
    const run: RunUnit = async (around) => {
      const prepared = await handler.prepare?.(call.input as never, contextOf(call, plainReads(environment, call)));
      const options = { isolation, signal: call.signal, deadline: call.deadline };
      return runUnit(environment, options, call, (unit) => around(unit, () => handle(call, unit, prepared, checked)));
    };
    const key = callKey(call);
    if (key === undefined) return run((_unit, work) => work());
    return runOnce(environment, call, key, { isolation, prepares: handler.prepare !== undefined }, run);
  }

  const cached = cachedQueryOf(environment, operation);
  const authorized = async (call: Call, session: CallSession): Promise<void> => {
    shareSession(call, session);
    await authorize?.(call.input as never, contextOf(call, session, false)); // checked by `implement`
  };

  function topLevel(call: Call, checked: Check): Promise<unknown> {
    if (contract.kind === "command") return command(call, checked);
    if (cached !== undefined) {
      return cached.read(call, async (session) => {
        if (!isShared) await authorized(call, session);
        return handle(call, session, undefined, checked);
      });
    }
    return contract.consistent
      ? inSnapshot(environment, call, (session) => handle(call, session, undefined, checked))
      : handle(call, plainReads(environment, call), undefined, checked);
  }

  async function inherited(call: Call, session: CallSession, checked: Check): Promise<unknown> {
    const prepared = await handler.prepare?.(call.input as never, contextOf(call, session));
    return handle(call, session, prepared, checked);
  }

  /** Whether the load of a kept answer authorizes: then nothing of it is done before. */
  const inLoad = cached !== undefined && !isShared;
  const nestedIn = (call: Call): CallSession | undefined => {
    const session = inheritedSession(call);
    // Outside of a transaction and of a snapshot a nested query reads the cache as any other.
    return session instanceof ReadSession && !session.isSnapshot && cached !== undefined ? undefined : session;
  };

  return {
    authorize:
      authorize === undefined
        ? undefined
        : (call) => {
            const session = nestedIn(call);
            if (session === undefined && inLoad) return Promise.resolve();
            return translated(call, () => authorized(call, session ?? plainReads(environment, call)));
          },
    entryKey: cached?.key,
    execute(call, checked) {
      const session = nestedIn(call);
      return session === undefined
        ? translated(call, () => topLevel(call, checked))
        : inherited(call, session, checked);
    },
  };
}

function cachedQueryOf(environment: Environment, operation: RegisteredOperation): CachedQuery | undefined {
  const cache = environment.coherence?.cache;
  if (cache === undefined) return undefined;
  let told = false;
  return createCachedQuery(operation, {
    cache,
    inSnapshot: (call, dependencies, read) => inSnapshot(environment, call, read, dependencies),
    onIncomplete() {
      if (told) return;
      told = true;
      environment.log.warn(
        { operation: operation.id },
        "not cached: it reads by SQL of its own; name what that depends on with ctx.depends",
      );
    },
  });
}

/** One read-only snapshot for all that the handler reads. */
async function inSnapshot<T>(
  environment: Environment,
  call: Call,
  read: (session: ReadSession) => Promise<T>,
  dependencies?: Dependencies,
): Promise<T> {
  const snapshot = await environment.database.begin({
    isolation: "repeatable read",
    readOnly: true,
    signal: call.signal,
    deadline: call.deadline,
  });
  try {
    const run = (statement: Statement): Promise<QueryResult> => snapshot.query(statement);
    return await read(new ReadSession(environment, run, { isSnapshot: true, dependencies }));
  } finally {
    // It wrote nothing, so nobody waits for its end.
    void snapshot.rollback();
  }
}
