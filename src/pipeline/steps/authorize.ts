// Step 8, authorize: the contract's access, then the operation's own rule.

import { isAllowed } from "../../contract/access.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Middleware } from "../call.ts";
import type { Executor } from "../ports.ts";

/** Step 8 for an operation; undefined where everybody may call it and it has no rule of its own. */
export function authorize({ contract }: RegisteredOperation, executor: Executor): Middleware | undefined {
  const own = executor.authorize;
  if (contract.access === "public" && own === undefined) return undefined;
  return (call, next) => {
    if (!isAllowed(contract.access, call.user))
      throw appError(call.user === undefined ? "CREDENTIAL_MISSING" : "ACCESS_DENIED");
    return own === undefined ? next() : own(call).then(next);
  };
}
