// Joins a service's contract and its handlers.

import type { Operation } from "../contract/operation.ts";
import { type Operations, type Service, serviceInfo } from "../contract/service.ts";
import type { PlacedMiddleware } from "../pipeline/entry.ts";
import type { Handler, HandlerParts } from "./handler.ts";

/** A handler for every operation of a service: a missing one does not compile. */
export type Handlers<Ops extends Operations> = { readonly [Name in keyof Ops & string]: Handler<Ops[Name]> };

/** A service that can be served: what `createApp` takes. */
export interface Implementation {
  readonly service: Service;
  readonly handlers: Readonly<Record<string, HandlerParts<Operation>>>;
  /** Around every operation of the service. */
  readonly middleware: readonly PlacedMiddleware[];
}

/**
 * Implements a service.
 *
 * @example export const messagesService = implement(messages, {
 *   async get({ id }, ctx) { return messageTable.get(ctx, id, MessageNotFound, { id }); },
 * });
 */
export function implement<Ops extends Operations>(
  service: Service<Ops>,
  handlers: Handlers<Ops>,
  options: { readonly middleware?: readonly PlacedMiddleware[] } = {},
): Implementation {
  const parts: Record<string, HandlerParts<Operation>> = {};
  for (const name of Object.keys(handlers) as (keyof Ops & string)[]) {
    const handler: unknown = handlers[name];
    // Checked against its own operation above; the pipeline hands it only that operation's validated input.
    parts[name] = (typeof handler === "function" ? { handle: handler } : handler) as HandlerParts<Operation>;
  }
  return { service, handlers: parts, middleware: options.middleware ?? [] };
}

/** Whether it is what `implement` returns: sources may run without a type check. */
export function isImplementation(value: unknown): value is Implementation {
  return (
    typeof value === "object" &&
    value !== null &&
    "handlers" in value &&
    "service" in value &&
    typeof value.service === "object" &&
    value.service !== null &&
    serviceInfo in value.service
  );
}
