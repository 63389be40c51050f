// A server stream: one input, many answers.

import type { z } from "zod";
import type { Access } from "../access.ts";
import type { Failure } from "../failure.ts";
import type { Operation } from "../operation.ts";
import type { Shape } from "../schema.ts";
import { complete, type InputOption, type Options } from "./options.ts";

/** What a server stream declares. */
export interface ServerStreamOptions<I extends Shape, O, A, F> extends Options<I, O, A, F>, InputOption<I> {
  /** Each message that it answers. */
  readonly output: O;
}

/**
 * Declares a server stream: one input is answered by many messages, of which each is an `output`. Over HTTP they are
 * Server-Sent Events or NDJSON, as the client accepts. An input field `after` takes the cursor at which a broken stream
 * is resumed (`Last-Event-ID` gives it too), where the output has a field `cursor`.
 *
 * @example const watch = serverStream({
 *   summary: "Watch a channel", http: "GET /channels/{channelId}/watch",
 *   input: { channelId: z.uuid(), after: z.string().optional() }, output: MessageEvent, access: "user",
 * });
 */
export function serverStream<
  O extends z.ZodType,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
>(options: ServerStreamOptions<I, O, A, F>): Operation<"serverStream", I, O, A, F, [], undefined> {
  return complete("serverStream", options, options.input);
}
