// Runs a consumer's handler as a unit of work, for the event machinery.

import type { User } from "../../contract/access.ts";
import type { Operation } from "../../contract/operation.ts";
import type { ConsumerSpec, StoredEvent } from "../../events/event-record.ts";
import type { CallOrigin } from "../../pipeline/call.ts";
import type { Environment } from "../environment.ts";
import { HandlerContext, type HandlerIdentity } from "../handler-context.ts";
import { shareSession } from "../session.ts";
import { runUnit } from "../unit-of-work/run-unit.ts";
import type { UnitOfWork } from "../unit-of-work/unit-of-work.ts";
import type { Consumer, EventHandler } from "./consumer.ts";

/** Milliseconds that the handling of one event may take. */
const eventTimeout = 30_000;

/** A declared consumer as the event machinery runs it. */
export function consumerSpec(environment: Environment, consumer: Consumer): ConsumerSpec {
  const handlers = new Map(consumer.handle.map((handler) => [handler.event.type, handler]));
  const { prepare } = consumer;
  return {
    name: consumer.name,
    stream: consumer.stream.name,
    start: consumer.start,
    verdict(type, version) {
      const handler = handlers.get(type);
      if (handler === undefined) return "skip";
      return version > handler.event.version ? "too new" : "handle";
    },
    prepare: prepare && ((event, signal) => prepare(event, { signal, clock: environment.clock, log: environment.log })),
    async run(event, guard, prepared, signal) {
      const origin = eventOrigin(event, signal, undefined);
      const options = { isolation: "read committed" as const, signal, deadline: origin.deadline, redelivered: true };
      const work = () =>
        runUnit(environment, options, origin, async (unit) => {
          if (!(await guard(unit))) return;
          const handler = handlers.get(event.type);
          if (handler !== undefined)
            await handle(new ConsumerHandlerContext(environment, consumer, origin, unit, event, prepared), handler);
        });
      await environment.traceEvent(consumer.name, event, work);
    },
  };
}

async function handle(context: ConsumerHandlerContext, { event, handle: apply }: EventHandler): Promise<void> {
  const data = event.data.parse(context.event.data);
  await apply(data as never, context as never); // `on` typed the handler by the event
}

class ConsumerHandlerContext extends HandlerContext {
  readonly event: StoredEvent;
  readonly prepared: unknown;
  readonly #callAs: (user: User, operation: Operation, input: unknown) => Promise<unknown>;

  constructor(
    environment: Environment,
    consumer: Consumer,
    origin: CallOrigin,
    unit: UnitOfWork,
    event: StoredEvent,
    prepared: unknown,
  ) {
    const identity: HandlerIdentity = { name: consumer.name, road: "internal", emits: consumer.emits };
    super(environment, origin, identity, unit);
    this.event = event;
    this.prepared = prepared;
    shareSession(origin, unit);
    this.#callAs = (user, operation, input) => {
      const asUser = eventOrigin(event, origin.signal, user);
      shareSession(asUser, unit);
      return new HandlerContext(environment, asUser, identity, unit).call(operation, input);
    };
  }

  override call(operation: Operation, input: unknown, options: { readonly as?: User } = {}): Promise<unknown> {
    return options.as === undefined ? super.call(operation, input) : this.#callAs(options.as, operation, input);
  }
}

/** The event as the origin of calls: its id is their call id, its trace theirs. */
function eventOrigin(event: StoredEvent, signal: AbortSignal, user: User | undefined): CallOrigin {
  return {
    id: event.id,
    traceparent: event.headers.traceparent,
    tracestate: event.headers.tracestate,
    address: undefined,
    deadline: Date.now() + eventTimeout,
    signal,
    depth: 0,
    user,
    parent: undefined,
    session: undefined,
    beginCommit: () => signal.throwIfAborted(),
    endCommit: () => undefined,
  };
}
