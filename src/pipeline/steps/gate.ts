// Steps 6 and 7 of a cached query, with the lookup of step 10: what a call asks the store is one round trip.

import { isAllowed } from "../../contract/access.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { type Answer as StoreAnswer, StoreUnavailable } from "../../store/store.ts";
import type { Answer, Call, Middleware } from "../call.ts";
import type { AskableStore, LimitGuard } from "../ports.ts";
import type { InputParser } from "./validate.ts";

/** What the step is made of. */
export interface GateParts {
  readonly operation: RegisteredOperation;
  readonly parse: InputParser;
  readonly guard: LimitGuard | undefined;
  readonly store: AskableStore;
  readonly entryKey: (call: Call) => string;
}

/**
 * Charges the call to its limits and looks for its answer at once. The input is parsed before, since the entry's key is
 * made of it; what is wrong with it is told after the limits all the same, and who is not let in learns nothing of the
 * entry. No promise is made where the store answers at once.
 */
export function gate(parts: GateParts): Middleware {
  const { guard, store } = parts;
  const { access } = parts.operation.contract;
  return (call, next) => {
    const invalid = parsed(call, parts.parse);
    const key = invalid === undefined && isAllowed(access, call.user) ? parts.entryKey(call) : undefined;
    const questions = guard?.questions(call) ?? [];
    const proceed = (answer: StoreAnswer | undefined): Promise<Answer> => {
      if (answer === undefined) guard?.withoutStore(call, questions);
      else guard?.judge(call, questions, answer.limits);
      if (invalid !== undefined) throw invalid.error;
      if (key !== undefined) call.entry = { key, lookup: answer?.entry };
      return next();
    };
    if (!store.isReachable || (questions.length === 0 && key === undefined)) return proceed(undefined);
    const answer = store.ask({ limits: questions, entry: key });
    return answer instanceof Promise ? answer.then(proceed, (error: unknown) => proceed(away(error))) : proceed(answer);
  };
}

function parsed(call: Call, parse: InputParser): { readonly error: unknown } | undefined {
  try {
    call.input = parse(call.input);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** No answer, if that is what the store's error says. */
function away(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable)) throw error;
}
