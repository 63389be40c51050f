// The hook per message: what a stream takes is checked and counted, what it sends is counted, and users' own hooks hear
// of both. Stands last in a stream's chain; the chain itself runs once per call.

import type { RegisteredOperation } from "../../contract/registry.ts";
import { toAppError } from "../../core/catalogue.ts";
import type { Call, Middleware } from "../call.ts";
import { StreamItems } from "../stream-items.ts";
import { schemaParser } from "./validate.ts";

/** A message of a stream, on its way. */
export interface StreamMessage {
  readonly direction: "received" | "sent";
  /** As the handler gets it, or as the handler gave it. */
  readonly value: unknown;
}

/**
 * Hears of each message of a stream, before the handler gets it or the client does. What it throws refuses a received
 * message as the contract would, and ends a stream that would send.
 */
export type MessageHook = (call: Call, message: StreamMessage) => void;

/** The last step before a stream's handler: from here on nothing refuses the call. */
export function messages({ contract }: RegisteredOperation, hooks: readonly MessageHook[]): Middleware {
  const parse = contract.item === undefined ? undefined : schemaParser(contract.item);
  const tell = (call: Call, direction: StreamMessage["direction"], value: unknown): void => {
    for (const hook of hooks) hook(call, { direction, value });
  };
  return async (call, next) => {
    const { send } = call;
    call.onOpen?.(call.limits);
    if (send !== undefined) {
      call.send = (answer) => {
        tell(call, "sent", answer);
        return send(answer);
      };
    }
    if (parse === undefined) return next();
    call.items ??= new StreamItems(nothing());
    const { items, signal } = call;
    items.checkBy((raw) => {
      const value = parse(raw);
      tell(call, "received", value);
      return value;
    });
    const interrupt = (): void => items.interrupt(toAppError(signal.reason));
    signal.addEventListener("abort", interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      return await next();
    } finally {
      signal.removeEventListener("abort", interrupt);
      items.close();
    }
  };
}

/** What a client sends who sends nothing. */
async function* nothing(): AsyncGenerator<never> {}
