// Steps 11 and 12: the handler and the check of what it answers, inside its unit of work if it is a command.

import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Answer, Call } from "../call.ts";
import type { Last } from "../compose.ts";
import type { Executor } from "../ports.ts";

const maxDepth = 16;

/** The end of an operation's chain. A field that the contract does not name never leaves. */
export function handle({ id, contract }: RegisteredOperation, executor: Executor): Last {
  const { output } = contract;
  const checked = (value: unknown): unknown => {
    if (output === undefined) return undefined;
    const parsed = output.safeParse(value);
    if (parsed.success) return parsed.data;
    throw appError("INTERNAL", {
      cause: new Error(`${id} answered what its contract does not allow`, { cause: parsed.error }),
    });
  };
  return async (call: Call) => {
    if (call.depth > maxDepth) throw appError("CALL_TOO_DEEP");
    return answer(await executor.execute(call, checked));
  };
}

function answer(value: unknown): Answer {
  return { value } as Answer; // the brand exists only in the type: this is the one place where an Answer is made
}
