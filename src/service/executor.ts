// The end of the pipeline: runs an operation's handler, a command in its unit of work, a query without one.

import type { Operation } from "../contract/operation.ts";
import type { RegisteredOperation } from "../contract/registry.ts";
import type { CallLimits } from "../database/database.ts";
import type { Call } from "../pipeline/call.ts";
import type { Executor } from "../pipeline/ports.ts";
import { translateDatabaseError } from "./database-failure.ts";
import type { Environment } from "./environment.ts";
import type { HandlerParts } from "./handler.ts";
import { HandlerContext, type HandlerIdentity } from "./handler-context.ts";
import { runUnit } from "./run-unit.ts";
import { type CallSession, inheritedSession, ReadSession, shareSession } from "./session.ts";

type Check = Parameters<Executor["execute"]>[1];

/** Joins an operation and its handler. */
export function createExecutor(
  environment: Environment,
  operation: RegisteredOperation,
  handler: HandlerParts<Operation>,
): Executor {
  const { contract } = operation;
  const { authorize } = handler;

  const contextOf = (call: Call, session: CallSession) => {
    const identity: HandlerIdentity = { name: operation.id, road: call.road, emits: contract.emits };
    return new HandlerContext(environment, call, identity, session) as never; // the operation's own context type
  };
  const handle = async (call: Call, session: CallSession, prepared: unknown, checked: Check): Promise<unknown> => {
    shareSession(call, session);
    const context = contextOf(call, session);
    return checked(await handler.handle(call.input as never, context, prepared as never)); // typed by `implement`
  };

  async function command(call: Call, checked: Check): Promise<unknown> {
    const prepared = await handler.prepare?.(call.input as never, contextOf(call, plainReads(environment, call)));
    const options = { isolation: contract.isolation, signal: call.signal, deadline: call.deadline };
    return runUnit(environment, options, call, (unit) => handle(call, unit, prepared, checked));
  }

  function topLevel(call: Call, checked: Check): Promise<unknown> {
    if (contract.kind === "command") return command(call, checked);
    return contract.consistent
      ? inSnapshot(environment, call, (session) => handle(call, session, undefined, checked))
      : handle(call, plainReads(environment, call), undefined, checked);
  }

  async function inherited(call: Call, session: CallSession, checked: Check): Promise<unknown> {
    const prepared = await handler.prepare?.(call.input as never, contextOf(call, session));
    return handle(call, session, prepared, checked);
  }

  function execute(call: Call, checked: Check): Promise<unknown> {
    const session = inheritedSession(call);
    return session === undefined ? translated(call, () => topLevel(call, checked)) : inherited(call, session, checked);
  }

  if (authorize === undefined) return { authorize: undefined, execute };
  return {
    authorize: (call) =>
      translated(call, () => {
        const session = inheritedSession(call) ?? plainReads(environment, call);
        return authorize(call.input as never, contextOf(call, session)); // checked by `implement`
      }),
    execute,
  };
}

async function translated<T>(call: Call, work: (call: Call) => Promise<T>): Promise<T> {
  try {
    return await work(call);
  } catch (thrown) {
    throw translateDatabaseError(thrown, call.signal);
  }
}

/** A call's limits. The signal is made only for whoever asks for it. */
class LimitsOfCall implements CallLimits {
  readonly deadline: number;
  readonly #call: Call;

  constructor(call: Call) {
    this.deadline = call.deadline;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

function plainReads(environment: Environment, call: Call): ReadSession {
  const limits = new LimitsOfCall(call);
  return new ReadSession(environment, (statement) => environment.database.query(statement, limits));
}

/** One read-only snapshot for all that the handler reads. */
async function inSnapshot<T>(
  environment: Environment,
  call: Call,
  read: (session: ReadSession) => Promise<T>,
): Promise<T> {
  const snapshot = await environment.database.begin({
    isolation: "repeatable read",
    readOnly: true,
    signal: call.signal,
    deadline: call.deadline,
  });
  try {
    const result = await read(new ReadSession(environment, (statement) => snapshot.query(statement)));
    await snapshot.commit();
    return result;
  } catch (thrown) {
    await snapshot.rollback();
    throw thrown;
  }
}
