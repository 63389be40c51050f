// What an author writes for an operation: a function, or a function with more around it.

import type { Operation, ParsedInputOf, ParsedItemOf, ReturnOf, StreamKind } from "../contract/operation.ts";
import type { PlacedMiddleware } from "../pipeline/entry.ts";
import type { Items } from "../pipeline/stream-items.ts";
import type { ContextOf, PrepareContext, QueryContext } from "./context.ts";

/** What an operation does. */
export type Handler<Op extends Operation> = HandlerFunction<Op> | HandlerParts<Op>;

/**
 * The plain form of a handler: a function of the input and the context; of a client or bidi stream, with the items
 * between. One that answers many messages is an async generator, or returns another async iterable.
 */
export type HandlerFunction<Op extends Operation> = Op["kind"] extends "serverStream"
  ? (input: ParsedInputOf<Op>, ctx: ContextOf<Op>) => AsyncIterable<ReturnOf<Op>>
  : Op["kind"] extends "clientStream"
    ? (open: ParsedInputOf<Op>, items: Items<ParsedItemOf<Op>>, ctx: ContextOf<Op>) => Promise<ReturnOf<Op>>
    : Op["kind"] extends "bidiStream"
      ? (open: ParsedInputOf<Op>, items: Items<ParsedItemOf<Op>>, ctx: ContextOf<Op>) => AsyncIterable<ReturnOf<Op>>
      : (input: ParsedInputOf<Op>, ctx: ContextOf<Op>) => Promise<ReturnOf<Op>>;

/** A handler with its own authorization, middleware, or a slow part that runs before the unit of work. */
export interface HandlerParts<Op extends Operation> {
  /** Runs after the contract's access; refuses by throwing. Reads only. */
  readonly authorize?: (input: ParsedInputOf<Op>, ctx: QueryContext<Op>) => Promise<void>;
  /** Commands: what is slow, outside any transaction, at least once. Its result is `handle`'s third argument. */
  readonly prepare?: (input: ParsedInputOf<Op>, ctx: PrepareContext<Op>) => Promise<unknown>;
  readonly handle: Op["kind"] extends StreamKind
    ? HandlerFunction<Op>
    : (input: ParsedInputOf<Op>, ctx: ContextOf<Op>, prepared: never) => Promise<ReturnOf<Op>>;
  readonly middleware?: readonly PlacedMiddleware[];
}

/**
 * A command's handler with a slow part before its unit of work, such as hashing a password: no connection and no lock
 * is held meanwhile. `prepare` runs once per call, also when the unit is run again after a conflict.
 *
 * @example register: prepared(
 *   ({ password }, ctx) => ctx.auth.hashPassword(password),
 *   async (input, ctx, passwordHash) => accountTable.insert(ctx, { … , passwordHash }),
 * ),
 */
export function prepared<Op extends Operation, P>(
  prepare: (input: ParsedInputOf<Op>, ctx: PrepareContext<Op>) => Promise<P>,
  handle: (input: ParsedInputOf<Op>, ctx: ContextOf<Op>, prepared: P) => Promise<ReturnOf<Op>>,
): HandlerParts<Op> {
  return { prepare, handle: handle as HandlerParts<Op>["handle"] }; // `prepare` gives what `handle` takes: P
}
