// What a client needs of the road it takes: a way to call the operations of some contracts.

import type { Registry } from "../contract/registry.ts";
import type { Caller } from "../pipeline/call.ts";

/** A road to one server. Who made it closes it, when no client uses it any more. */
export interface ClientTransport {
  /** The services' own app name where the road names operations by it; undefined where it does not. */
  readonly app: string | undefined;
  /** Throws SetupError where the contracts have no form on this road. */
  connect(registry: Registry): Caller;
  /** Takes no more calls: they end with CANCELLED. Connections are closed when the calls that run have ended. */
  close(): void;
}
