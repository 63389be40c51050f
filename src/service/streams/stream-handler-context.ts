// The context of a stream's handler: like a query's, but what it calls are calls of their own, and it sees events live.

import type { EventStream, EventType } from "../../contract/event.ts";
import type { Operation } from "../../contract/operation.ts";
import type { LiveSubscription } from "../../events/live/live-events.ts";
import type { Call } from "../../pipeline/call.ts";
import type { AnyLiveEvent, LiveIterable, RequestInfo } from "../context.ts";
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
  #followed: LiveSubscription[] = [];
  #hasEnded = false;

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
    // What a handler does comes after the start of all that it follows: it sees it.
    if (this.#followed.length > 0) await Promise.all(this.#followed.map(({ ready }) => ready));
    return this.#environment.fromStream(this.#call, { operation: registered, input, idempotencyKey });
  }

  /** The handler has ended: nothing is followed any more, whether it was iterated or not. */
  leave(): void {
    this.#hasEnded = true;
    for (const followed of this.#followed) void followed.return();
  }

  /** Begins to follow at once: an iteration that begins later misses nothing. */
  live(stream: EventStream, key: string, { after, events }: LiveOptions = {}): LiveIterable<AnyLiveEvent> {
    if (this.#hasEnded) throw new Error(`${this.#name} follows events after it has ended`);
    const { signal } = this.#call;
    const followed = this.#environment.live.follow({ stream: stream.name, key, after, signal });
    // A stream may follow and leave for as long as it lasts.
    this.#followed = this.#followed.filter(({ isOver }) => !isOver);
    this.#followed.push(followed);
    return events === undefined ? followed : new OfTypes(followed, new Set(events.map(({ type }) => type)));
  }
}

/** Those events of a subscription that are of some types. */
class OfTypes implements LiveIterable<AnyLiveEvent> {
  readonly #all: LiveSubscription;
  readonly #types: ReadonlySet<string>;

  constructor(all: LiveSubscription, types: ReadonlySet<string>) {
    this.#all = all;
    this.#types = types;
  }

  get ready(): Promise<void> {
    return this.#all.ready;
  }

  async next(): Promise<IteratorResult<AnyLiveEvent, undefined>> {
    for (;;) {
      const event = await this.#all.next();
      if (event.done === true || this.#types.has(event.value.type)) return event;
    }
  }

  return() {
    return this.#all.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
