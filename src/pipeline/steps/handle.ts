// Steps 11 and 12: the handler and the check of what it answers, inside its unit of work if it is a command.

import { z } from "zod";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import { type Answer, type Call, EncodedValue } from "../call.ts";
import type { Last } from "../compose.ts";
import type { Executor } from "../ports.ts";

const maxDepth = 16;

/** The end of an operation's chain. A field that the contract does not name never leaves. */
export function handle({ id, contract }: RegisteredOperation, executor: Executor): Last {
  const output = contract.output && z.compile(contract.output);
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

// The brand exists only in the type: these are the places where an Answer is made.
function answer(value: unknown): Answer {
  return (value instanceof EncodedValue ? new EncodedAnswer(value) : { value }) as Answer;
}

class EncodedAnswer {
  readonly encoded: EncodedValue;

  constructor(encoded: EncodedValue) {
    this.encoded = encoded;
  }

  get value(): unknown {
    return this.encoded.parse();
  }
}
