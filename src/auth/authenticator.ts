// Step 5 of the pipeline's view of the world: who a credential stands for.

import type { Tokens } from "./tokens.ts";
import type { AuthenticatedUser, PresentedCredential } from "./user.ts";

/** Tells who a credential stands for. */
export interface Authenticator {
  /**
   * The user; at once (no promise) for a credential that was verified before. Throws AppError CREDENTIAL_INVALID or
   * CREDENTIAL_EXPIRED. A `local` credential without a user is nobody: undefined.
   */
  authenticate(credential: PresentedCredential): AuthenticatedUser | undefined | Promise<AuthenticatedUser | undefined>;
}

/**
 * Creates the authenticator of own access tokens and of the local owner of the data. The road vouches for a `local`
 * credential: it makes one only for who could read the owner's secret. A local user has no roles and no scopes.
 */
export function createAuthenticator(parts: { readonly tokens: Pick<Tokens, "verify"> }): Authenticator {
  return {
    authenticate(credential) {
      if (credential.kind === "bearer") return parts.tokens.verify(credential.token);
      return credential.userId === undefined ? undefined : { id: credential.userId, roles: [], scopes: [] };
    },
  };
}
