// What handlers see of auth: `ctx.auth`.

import type { Passwords } from "./passwords.ts";
import type { TokenSubject, Tokens } from "./tokens.ts";

/** What a service needs to sign users in. */
export interface Auth {
  /** A signed access token for a user, with the time until it expires in seconds. */
  issueToken(user: TokenSubject): Promise<{ readonly token: string; readonly expiresIn: number }>;
  /** Hashes a password (argon2id). Slow on purpose. Rejects with AppError OVERLOADED when too many wait. */
  hashPassword(password: string): Promise<string>;
  /** Whether a password belongs to a hash; without a hash (unknown account) it takes the same time and says no. */
  verifyPassword(password: string, hash: string | undefined): Promise<boolean>;
}

/** Creates what handlers see of auth. */
export function createAuth(parts: { readonly tokens: Pick<Tokens, "issue">; readonly passwords: Passwords }): Auth {
  return {
    issueToken: (user) => parts.tokens.issue(user),
    hashPassword: (password) => parts.passwords.hash(password),
    verifyPassword: (password, hash) => parts.passwords.verify(password, hash),
  };
}
