// A client stream: many messages, one answer.

import { z } from "zod";
import type { Access } from "../access.ts";
import type { Failure } from "../failure.ts";
import type { Operation } from "../operation.ts";
import type { Shape } from "../schema.ts";
import { complete, type ItemOptions, type Options } from "./options.ts";

/** What a client stream declares. */
export interface ClientStreamOptions<I extends Shape, T extends Shape, O, A, F>
  extends Options<I, O, A, F>,
    ItemOptions<I, T> {}

/**
 * Declares a client stream: the client opens it, sends many items, and gets one answer after the last. Over HTTP the
 * items are the lines of an NDJSON body.
 *
 * @example const importMany = clientStream({
 *   summary: "Import messages", http: "POST /channels/{channelId}/import",
 *   open: { channelId: z.uuid() }, item: { body: z.string().min(1) }, output: ImportSummary, access: "user",
 * });
 */
export function clientStream<
  T extends Shape,
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  O extends z.ZodType | undefined = undefined,
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
>(
  options: ClientStreamOptions<I, T, O, A, F>,
): Operation<"clientStream", I, O, A, F, [], z.ZodObject<T, z.core.$strict>> {
  return { ...complete("clientStream", options, options.open), item: z.strictObject(options.item) };
}
