// The end of a stream's pipeline: runs its handler, and sends what that gives, each answer when the one before was taken.

import { type Operation, sendsMany } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { toAppError } from "../../core/catalogue.ts";
import { leave } from "../../core/flow/leave.ts";
import type { Call } from "../../pipeline/call.ts";
import type { Executor } from "../../pipeline/ports.ts";
import { translated } from "../database-failure.ts";
import type { Environment } from "../environment.ts";
import type { HandlerParts } from "../handler.ts";
import { HandlerContext } from "../handler-context.ts";
import { plainReads } from "../session.ts";
import { StreamHandlerContext } from "./stream-handler-context.ts";

type Check = Parameters<Executor["execute"]>[1];

/** A stream's handler, as `implement` has checked it: which arguments it takes, its kind says. */
type StreamHandler = (...args: readonly unknown[]) => Promise<unknown> & AsyncIterable<unknown>;

/** Joins a stream and its handler. The handler gets no transaction: it reads, and calls commands. */
export function createStreamExecutor(
  environment: Environment,
  operation: RegisteredOperation,
  { handle, authorize }: HandlerParts<Operation>,
): Executor {
  const { contract } = operation;
  const handler = handle as unknown as StreamHandler; // see there
  const identityOf = (call: Call) => ({ name: operation.id, road: call.road, emits: [] });

  async function run(call: Call, checked: Check): Promise<unknown> {
    const context = new StreamHandlerContext(environment, call, identityOf(call), plainReads(environment, call));
    const args = contract.item === undefined ? [call.input, context] : [call.input, call.items, context];
    try {
      const result = handler(...args);
      return sendsMany(contract) ? await sendAll(call, result, checked) : checked(await result);
    } finally {
      context.leave();
    }
  }

  return {
    authorize:
      authorize === undefined
        ? undefined
        : (call) => {
            const context = new HandlerContext(environment, call, identityOf(call), plainReads(environment, call));
            return translated(call, () => authorize(call.input as never, context as never)); // checked by `implement`
          },
    execute: (call, checked) => translated(call, () => run(call, checked)),
  };
}

/**
 * Sends what an iterable gives until it ends. When the call is cancelled the iterable is told at once, by `return`, also
 * while it is waited for: a generator hears of that as soon as what it awaits has ended, which the call's signal ends.
 */
async function sendAll(call: Call, answers: AsyncIterable<unknown>, checked: Check): Promise<void> {
  const { signal, send } = call;
  const iterator = answers[Symbol.asyncIterator]();
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    void leave(iterator);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      if (signal.aborted) throw toAppError(signal.reason);
      const answer = await iterator.next();
      if (signal.aborted) throw toAppError(signal.reason);
      if (answer.done === true) {
        ended = true;
        return;
      }
      const taken = send?.(checked(answer.value));
      if (taken !== undefined) await taken;
    }
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}
