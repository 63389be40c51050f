// A command: writes, in one unit of work.

import type { z } from "zod";
import type { Access } from "../access.ts";
import type { EventType } from "../event.ts";
import type { Failure } from "../failure.ts";
import type { Operation } from "../operation.ts";
import type { Shape } from "../schema.ts";
import { complete, type InputOption, type Options } from "./options.ts";

/** What a command declares. */
export interface CommandOptions<I extends Shape, O, A, F, E> extends Options<I, O, A, F>, InputOption<I> {
  readonly emits?: E;
  readonly versioned?: boolean;
  readonly isolation?: "read committed" | "serializable";
  /**
   * Calls of a user with the same idempotency key take effect once, and get one answer, for 24 hours. Without this a
   * signed-in caller may give a key, and need not; where the output has `sensitive` fields none is taken, for the answer
   * would have to be kept.
   */
  readonly idempotency?: "required" | "none";
}

/**
 * Declares a command: an operation that runs in one unit of work. Its rows and events are committed together before it
 * answers, or not at all.
 *
 * @example const post = command({
 *   summary: "Post a message", http: "POST /channels/{channelId}/messages",
 *   input: { channelId: z.uuid(), body: z.string().min(1) }, output: Message, access: "user", emits: [MessagePosted],
 * });
 */
export function command<
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  O extends z.ZodType | undefined = undefined,
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
  const E extends readonly EventType[] = [],
>(options: CommandOptions<I, O, A, F, E>): Operation<"command", I, O, A, F, E, undefined> {
  return {
    ...complete("command", options, options.input),
    emits: options.emits ?? ([] as readonly EventType[] as E), // none given means E is its default, the empty list
    versioned: options.versioned ?? false,
    isolation: options.isolation ?? "read committed",
    idempotency: options.idempotency,
  };
}
