// Step 5, authenticate: credential → user. A bad credential is refused even on a public operation.

import type { Middleware } from "../call.ts";
import type { Authenticator } from "../ports.ts";

/** Step 5. No promise is made for a credential that was verified before. */
export function authenticate(authenticator: Authenticator): Middleware {
  return (call, next) => {
    if (call.credential === undefined) return next();
    const user = authenticator.authenticate(call.credential);
    if (user instanceof Promise) {
      return user.then((verified) => {
        call.user = verified;
        return next();
      });
    }
    call.user = user;
    return next();
  };
}
