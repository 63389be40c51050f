// Own access tokens: signed by EdDSA, short-lived, verified once per process and then remembered.

import { randomUUID } from "node:crypto";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { appError } from "../core/catalogue.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { createRecentMap } from "./recent-map.ts";
import { type PublicJwk, signingKeyFromSecret } from "./signing-key.ts";
import type { AuthenticatedUser } from "./user.ts";

/** Issues and verifies access tokens. */
export interface Tokens {
  /** A signed token, with the time until it expires in seconds. */
  issue(user: TokenSubject): Promise<{ readonly token: string; readonly expiresIn: number }>;
  /**
   * The user of a token: at once (no promise) if this process verified it before. Throws (or rejects with) AppError
   * CREDENTIAL_INVALID or CREDENTIAL_EXPIRED, whose messages do not tell what is wrong with it.
   */
  verify(token: string): AuthenticatedUser | Promise<AuthenticatedUser>;
  /** The public keys of the secret and of the previous one, for others to verify with. */
  publicKeys(): { readonly keys: readonly PublicJwk[] };
}

/** For whom a token is issued. */
export interface TokenSubject {
  readonly id: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

/** What `createTokens` needs to know. */
export interface TokensOptions {
  /** At least 32 characters; the configuration sees to it. */
  readonly secret: string;
  /** Tokens signed by it are accepted until they expire, so that the secret can be changed without signing all out. */
  readonly previousSecret?: string | undefined;
  /** The `iss` claim: the app's name. */
  readonly issuer: string;
  /** Seconds; 900 by default. */
  readonly lifetime?: number;
  readonly clock?: Clock;
}

const type = "at+jwt";
const toleranceSeconds = 5;
const longestToken = 4096;
const remembered = 10_000;

/**
 * Creates the issuer and verifier of an app's own access tokens (RFC 9068 `at+jwt`).
 * Guarantee: accepted is only what is signed by EdDSA under a key of this app that the header names, of this type and
 * issuer, with subject, id and expiry; five seconds of clock difference are forgiven.
 */
export function createTokens(options: TokensOptions): Tokens {
  const clock = options.clock ?? systemClock;
  const lifetime = options.lifetime ?? 900;
  const signing = signingKeyFromSecret(options.secret);
  const previous = options.previousSecret === undefined ? [] : [signingKeyFromSecret(options.previousSecret)];
  const keys = new Map([signing, ...previous].map((key) => [key.id, key]));
  const seen = createRecentMap<SeenToken>(remembered);

  async function verifyFirst(token: string): Promise<AuthenticatedUser> {
    const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(kid), {
      algorithms: ["EdDSA"],
      typ: type,
      issuer: options.issuer,
      requiredClaims: ["sub", "iat", "exp", "jti"],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(clock.now()),
    }).catch(refuse);
    const user = userFromClaims(payload);
    seen.set(token, { user, expiresAt: ((payload.exp ?? 0) + toleranceSeconds) * 1000 });
    return user;
  }

  function keyNamed(kid: string | undefined) {
    const key = kid === undefined ? undefined : keys.get(kid);
    if (key === undefined) throw new Error("signed by a key that is not ours");
    return key.publicKey;
  }

  return {
    async issue({ id, roles = [], scopes = [] }) {
      const now = Math.floor(clock.now() / 1000);
      const token = await new SignJWT({ roles, scope: scopes.join(" ") })
        .setProtectedHeader({ alg: "EdDSA", typ: type, kid: signing.id })
        .setIssuer(options.issuer)
        .setSubject(id)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .setJti(randomUUID())
        .sign(signing.privateKey);
      return { token, expiresIn: lifetime };
    },
    verify(token) {
      const known = seen.get(token);
      if (known === undefined) {
        if (token.length > longestToken) throw appError("CREDENTIAL_INVALID");
        return verifyFirst(token);
      }
      if (clock.now() >= known.expiresAt) throw appError("CREDENTIAL_EXPIRED");
      return known.user;
    },
    publicKeys: () => ({ keys: [...keys.values()].map((key) => key.jwk) }),
  };
}

interface SeenToken {
  readonly user: AuthenticatedUser;
  /** Milliseconds since the epoch, the tolerance included. */
  readonly expiresAt: number;
}

function refuse(cause: unknown): never {
  throw appError(cause instanceof errors.JWTExpired ? "CREDENTIAL_EXPIRED" : "CREDENTIAL_INVALID", { cause });
}

function userFromClaims({ sub, roles = [], scope = "" }: JWTPayload): AuthenticatedUser {
  const valid = typeof sub === "string" && sub !== "" && isStringList(roles) && typeof scope === "string";
  if (!valid) throw appError("CREDENTIAL_INVALID");
  return Object.freeze({ id: sub, roles, scopes: scope === "" ? [] : scope.split(" ") });
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
