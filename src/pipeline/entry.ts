// What a pipeline is built of: operations, what runs them, and users' middleware at its places.

import type { RegisteredOperation } from "../contract/registry.ts";
import type { Middleware } from "./call.ts";
import type { Executor } from "./ports.ts";
import type { MessageHook } from "./steps/messages.ts";

/** Where a user's own middleware may stand: right after the named step. */
export type Place = "errors" | "authenticate" | "validate" | "authorize";

/** A user's middleware at its place. */
export interface PlacedMiddleware {
  readonly after: Place;
  readonly use: Middleware;
  /** Streams: hears of each message beside. */
  readonly onMessage?: MessageHook;
}

/** An operation with what runs it. */
export interface PipelineEntry {
  readonly operation: RegisteredOperation;
  readonly executor: Executor;
  /** In order: the app's, the service's, the operation's own. */
  readonly middleware: readonly PlacedMiddleware[];
}
