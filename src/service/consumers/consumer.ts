// A consumer as its author declares it: what happens because of events, each exactly once, in order per key.

import type { z } from "zod";
import type { User } from "../../contract/access.ts";
import type { EventStream, EventType } from "../../contract/event.ts";
import type { InputOf, Operation, OutputOf } from "../../contract/operation.ts";
import type { StoredEvent } from "../../events/event-record.ts";
import type { CommandContext, PrepareContext } from "../context.ts";

/** What a consumer's handler may use: a unit of work that also holds the inbox row. */
export interface ConsumerContext<E extends EventType = EventType>
  extends Omit<CommandContext, "user" | "request" | "fail" | "emit" | "call"> {
  /** The event as it was stored: id, key, sequence, time, headers. */
  readonly event: StoredEvent;
  /** What the consumer's `prepare` gave for this event. */
  readonly prepared: unknown;
  /** Emits an event that the consumer declares under `emits`. */
  emit<Emitted extends E>(event: Emitted, data: z.input<Emitted["data"]>): void;
  /** Runs an operation inside this unit of work, as nobody or as the given user. */
  call<O extends Operation>(operation: O, input: InputOf<O>, options?: { readonly as?: User }): Promise<OutputOf<O>>;
}

/** One event type and what happens because of it. Made by `on`. */
export interface EventHandler {
  readonly event: EventType;
  readonly handle: (data: never, ctx: never) => Promise<void>;
}

/**
 * Handles one type of event. The data is typed by the event.
 *
 * @example on(MessagePosted, async (message, ctx) => { … })
 */
export function on<E extends EventType>(
  event: E,
  handle: (data: z.output<E["data"]>, ctx: ConsumerContext) => Promise<void>,
): EventHandler {
  return { event, handle: handle as EventHandler["handle"] }; // called only with this event's checked data
}

/** A declared consumer. Made by `consumer`. */
export interface Consumer {
  readonly name: string;
  readonly stream: EventStream;
  readonly start: "earliest" | "now";
  readonly handle: readonly EventHandler[];
  readonly emits: readonly EventType[];
  readonly prepare: ((event: StoredEvent, ctx: ConsumerPrepareContext) => Promise<unknown>) | undefined;
}

/** What a consumer's `prepare` may use: it runs outside any transaction, at least once per event. */
export type ConsumerPrepareContext = Pick<PrepareContext, "signal" | "clock" | "log">;

/** What a consumer says beside its name. */
export interface ConsumerOptions {
  /** It reads the whole stream, and moves over types that it does not handle. */
  readonly stream: EventStream;
  readonly handle: readonly EventHandler[];
  /** What a new consumer begins with: all that the outbox still holds (default), or what is published from now on. */
  readonly start?: "earliest" | "now";
  readonly emits?: readonly EventType[];
  /** Slow or external work before the unit of work, at least once per event. Its result is `ctx.prepared`. */
  readonly prepare?: (event: StoredEvent, ctx: ConsumerPrepareContext) => Promise<unknown>;
}

/**
 * Declares a consumer. Guarantee: the effect of each event on the database is applied exactly once, in order per key,
 * whatever is killed or delivered again. A handler that keeps failing parks its key; other keys go on.
 *
 * @example consumer("channel-statistics", { stream: channelStream, handle: [on(MessagePosted, async (message, ctx) => { … })] })
 */
export function consumer(name: string, options: ConsumerOptions): Consumer {
  const { stream, handle, start, emits, prepare } = options;
  return { name, stream, handle, start: start ?? "earliest", emits: emits ?? [], prepare };
}

const consumerName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** What is wrong with an app's consumers. */
export function consumerProblems(consumers: readonly Consumer[]): string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  for (const { name, stream, handle } of consumers) {
    if (!consumerName.test(name)) problems.push(`consumer "${name}": use a kebab-case name`);
    if (names.has(name)) problems.push(`consumer "${name}": declared twice`);
    names.add(name);
    if (handle.length === 0) problems.push(`consumer "${name}": it handles no event`);
    const types = new Set<string>();
    for (const { event } of handle) {
      if (event.stream !== stream)
        problems.push(`consumer "${name}": ${event.type} is not an event of the stream "${stream.name}"`);
      if (types.has(event.type)) problems.push(`consumer "${name}": handles ${event.type} twice`);
      types.add(event.type);
    }
  }
  return problems;
}
