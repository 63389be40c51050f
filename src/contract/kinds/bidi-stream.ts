// A bidirectional stream: both sides send, each when it likes.

import { z } from "zod";
import type { Access } from "../access.ts";
import type { Failure } from "../failure.ts";
import type { Operation } from "../operation.ts";
import type { Shape } from "../schema.ts";
import { complete, type ItemOptions, type Options } from "./options.ts";

/** What a bidi stream declares. */
export interface BidiStreamOptions<I extends Shape, T extends Shape, O, A, F>
  extends Options<I, O, A, F>,
    ItemOptions<I, T> {
  /** Each message that it answers. */
  readonly output: O;
}

/**
 * Declares a bidirectional stream: the client opens it, then both send messages, each when it likes. Over HTTP it is a
 * WebSocket of JSON text frames.
 *
 * @example const converse = bidiStream({
 *   summary: "Talk in a channel", http: "GET /channels/{channelId}/converse",
 *   open: { channelId: z.uuid() }, item: { body: z.string().min(1) }, output: MessageEvent, access: "user",
 * });
 */
export function bidiStream<
  T extends Shape,
  O extends z.ZodType,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
>(options: BidiStreamOptions<I, T, O, A, F>): Operation<"bidiStream", I, O, A, F, [], z.ZodObject<T, z.core.$strict>> {
  return { ...complete("bidiStream", options, options.open), item: z.strictObject(options.item) };
}
