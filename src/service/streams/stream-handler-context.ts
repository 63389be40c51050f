// The context of a stream's handler: like a query's, but what it calls are calls of their own, and it sees events live.

import type { EventStream, EventType } from "../../contract/event.ts";
import type { Operation } from "../../contract/operation.ts";
import type { Call } from "../../pipeline/call.ts";
import type { AnyLiveEvent, RequestInfo } from "../context.ts";
import type { Environment } from "../environment.ts";
import { HandlerContext, type HandlerIdentity } from "../handler-context.ts";
import type { ReadSession } from "../session.ts";

/** What `ctx.live` may be told. */
interface LiveOptions {
  readonly after?: string | undefined;
  readonly events?: readonly EventType[];
}

/** Implements StreamContext. */
export class StreamHandlerContext extends HandlerContext {
  readonly #environment: Environment;
  readonly #call: Call;
  readonly #name: string;

  constructor(environment: Environment, call: Call, identity: HandlerIdentity, session: ReadSession) {
    super(environment, call, identity, session);
    this.#environment = environment;
    this.#call = call;
    this.#name = identity.name;
  }

  override get request(): RequestInfo {
    return { ...super.request, idempotencyKey: this.#call.idempotencyKey };
  }

  override async call(
    operation: Operation,
    input: unknown,
    { idempotencyKey }: { readonly idempotencyKey?: string } = {},
  ): Promise<unknown> {
    const registered = this.#environment.find(operation);
    if (registered === undefined) throw new Error(`${this.#name} calls an operation that this app does not serve`);
    return this.#environment.fromStream(this.#call, { operation: registered, input, idempotencyKey });
  }

  async *live(stream: EventStream, key: string, { after, events }: LiveOptions = {}): AsyncGenerator<AnyLiveEvent> {
    const types = events === undefined ? undefined : new Set(events.map(({ type }) => type));
    const { signal } = this.#call;
    for await (const event of this.#environment.live.follow({ stream: stream.name, key, after, signal })) {
      const { cursor, type, time, data } = event;
      if (types === undefined || types.has(type)) yield { cursor, type, time, data };
    }
  }
}
