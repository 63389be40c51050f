// A service: a named, versioned group of operations.

import type { Operation } from "./operation.ts";

/** The operations of a service by name. */
export type Operations = Readonly<Record<string, Operation>>;

/** Where a service keeps its own data, out of the way of operations' names. */
export const serviceInfo: unique symbol = Symbol("trivium.service");

/** A service's contract: its operations by name, so that `messages.post` is the operation. */
export type Service<Ops extends Operations = Operations> = Ops & { readonly [serviceInfo]: ServiceInfo };

/** What a service says beside its operations. */
export interface ServiceInfo {
  /** camelCase; on the command line kebab-case. */
  readonly name: string;
  /** Prefixes the routes (`/v1`) and names the gRPC package. */
  readonly version: number;
  readonly summary: string | undefined;
}

/**
 * Declares a service.
 *
 * @example const messages = service("messages", { version: 1 }, { post: command({ … }), get: query({ … }) });
 */
export function service<Ops extends Operations>(
  name: string,
  options: { readonly version: number; readonly summary?: string },
  operations: Ops,
): Service<Ops> {
  return { ...operations, [serviceInfo]: { name, version: options.version, summary: options.summary } };
}
