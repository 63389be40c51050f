// Step 5, authenticate: credential → user. A bad credential is refused even on a public operation.

import { accessRules, type User } from "../../contract/access.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Call, Middleware } from "../call.ts";
import type { Authenticator } from "../ports.ts";

/**
 * Step 5 for an operation. Where nobody gets in without a credential, a call without one ends here: no work is done for
 * its input, and what is wrong with that is not told. No promise is made for a credential that was verified before.
 */
export function authenticate({ contract }: RegisteredOperation, authenticator: Authenticator): Middleware {
  const isPublic = accessRules(contract.access).includes("public");
  const identify = (call: Call, user: User | undefined): void => {
    if (user === undefined && !isPublic) throw appError("CREDENTIAL_MISSING");
    call.user = user;
  };
  return (call, next) => {
    const user = call.credential === undefined ? undefined : authenticator.authenticate(call.credential);
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
