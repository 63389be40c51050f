// Step 5, authenticate: credential → user. A bad credential is refused even on a public operation.

import { accessRules, type User } from "../../contract/access.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { Call, Credential, Middleware } from "../call.ts";
import type { Authenticator, LimitGuard } from "../ports.ts";

/**
 * Step 5 for an operation. Where nobody gets in without a credential, a call without one ends here: no work is done for
 * its input, and what is wrong with that is not told. No promise is made for a credential that was verified before.
 * A refused credential is charged to `failures`: where that has no more room, its RATE_LIMITED is the answer.
 */
export function authenticate(
  { contract }: RegisteredOperation,
  authenticator: Authenticator,
  failures: LimitGuard | undefined,
): Middleware {
  const isPublic = accessRules(contract.access).includes("public");
  const identify = (call: Call, user: User | undefined): void => {
    if (user === undefined && !isPublic) throw appError("CREDENTIAL_MISSING");
    call.user = user;
  };
  return (call, next) => {
    if (call.credential === undefined) {
      identify(call, undefined);
      return next();
    }
    const user = userOf(call, call.credential, authenticator, failures);
    if (user instanceof Promise) {
      return user.then((verified) => {
        identify(call, verified);
        return next();
      });
    }
    identify(call, user);
    return next();
  };
}

function userOf(
  call: Call,
  credential: Credential,
  authenticator: Authenticator,
  failures: LimitGuard | undefined,
): ReturnType<Authenticator["authenticate"]> {
  const refuse = (thrown: unknown): never | Promise<never> => {
    const isRefusal = thrown instanceof AppError && thrown.code === "UNAUTHENTICATED";
    const charged = isRefusal ? failures?.charge(call) : undefined;
    if (charged === undefined) throw thrown;
    return charged.then(() => Promise.reject(thrown));
  };
  try {
    const user = authenticator.authenticate(credential);
    return user instanceof Promise ? user.catch(refuse) : user;
  } catch (thrown) {
    return refuse(thrown);
  }
}
