// A query: reads, and may be cached.

import type { z } from "zod";
import type { Access } from "../access.ts";
import { type CacheOption, cacheRule } from "../cache.ts";
import type { Failure } from "../failure.ts";
import type { Operation } from "../operation.ts";
import type { Shape } from "../schema.ts";
import { complete, type InputOption, type Options } from "./options.ts";

/** What a query declares. */
export interface QueryOptions<I extends Shape, O, A, F> extends Options<I, O, A, F>, InputOption<I> {
  readonly consistent?: boolean;
  /**
   * Keeps answers in the coherent cache for this long (`"60s"`, at most `"1h"`), where the app runs with one. A read
   * that begins after a write was acknowledged never gets an older answer. Answers are kept per user unless `shared`.
   */
  readonly cache?: CacheOption;
}

/**
 * Declares a query: an operation without side effects.
 *
 * @example const get = query({
 *   summary: "Read one message", http: "GET /messages/{id}",
 *   input: { id: z.uuid() }, output: Message, access: "user", failures: [MessageNotFound],
 * });
 */
export function query<
  // biome-ignore lint/complexity/noBannedTypes: `{}` is the shape without fields
  I extends Shape = {},
  O extends z.ZodType | undefined = undefined,
  const A extends Access = Access,
  const F extends readonly Failure[] = [],
>(options: QueryOptions<I, O, A, F>): Operation<"query", I, O, A, F, [], undefined> {
  return {
    ...complete("query", options, options.input),
    consistent: options.consistent ?? false,
    cache: cacheRule(options.cache),
  };
}
