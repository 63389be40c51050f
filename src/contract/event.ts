// Streams and events: what a service tells the world after a command was committed.

import type { z } from "zod";

/** A named sequence of events per key: one topic, one numbering, one retention. */
export interface EventStream<N extends string = string> {
  readonly name: N;
  /** Days, or `"forever"`. */
  readonly retention: number | "forever";
}

/**
 * Declares a stream. Guarantee: per key, its events have gapless sequence numbers in commit order, whichever service
 * emits them.
 *
 * @example const channelStream = stream("channel");
 */
export function stream<const N extends string>(
  name: N,
  options: { readonly retention?: number | "forever" } = {},
): EventStream<N> {
  return { name, retention: options.retention ?? 7 };
}

/** An event type: a name, the stream it belongs to, the key within it, and its data. */
export interface EventType<N extends string = string, D extends z.ZodType = z.ZodType> {
  readonly type: N;
  /** Grows when the data changes incompatibly; a consumer parks an event of a version newer than it knows. */
  readonly version: number;
  readonly stream: EventStream;
  /** Method syntax on purpose: event types of different data stand in one list. */
  key(data: z.output<D>): string;
  readonly data: D;
}

/** What an event type says beside its name. */
export interface EventOptions<D extends z.ZodType> {
  readonly stream: EventStream;
  /** What the event is about: events of one key are ordered. */
  readonly key: (data: z.output<NoInfer<D>>) => string;
  readonly data: D;
  readonly version?: number;
}

/**
 * Declares an event type. The name is dotted lower case, unique in the app.
 *
 * @example const MessagePosted = event("message.posted", { stream: channelStream, key: (m) => m.channelId, data: Message });
 */
export function event<const N extends string, D extends z.ZodType>(type: N, options: EventOptions<D>): EventType<N, D> {
  return { type, version: options.version ?? 1, stream: options.stream, key: options.key, data: options.data };
}
