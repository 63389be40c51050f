// Steps 11 and 12: the handler, inside its unit of work if it is a command; then the check of what it answers.

import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Answer, Call } from "../call.ts";
import type { Last } from "../compose.ts";
import type { Executor } from "../ports.ts";

const maxDepth = 16;

/** The end of an operation's chain. A field that the contract does not name never leaves. */
export function handle({ id, contract }: RegisteredOperation, executor: Executor): Last {
  const { output } = contract;
  return async (call: Call) => {
    if (call.depth > maxDepth) throw appError("CALL_TOO_DEEP");
    const value = await executor.execute(call);
    if (output === undefined) return answer(undefined);
    const checked = output.safeParse(value);
    if (checked.success) return answer(checked.data);
    throw appError("INTERNAL", {
      cause: new Error(`${id} answered what its contract does not allow`, { cause: checked.error }),
    });
  };
}

function answer(value: unknown): Answer {
  return { value } as Answer; // the brand exists only in the type: this is the one place where an Answer is made
}
