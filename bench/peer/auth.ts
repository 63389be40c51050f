// Bearer tokens by fast-jwt: HS256, verified once and then remembered.

import { createSigner, createVerifier } from "fast-jwt";
import type { FastifyInstance } from "fastify";
import { PeerError } from "./errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls. Empty until the credential is checked. */
    userId: string;
  }
}

const issuer = "peer";

/** Checks the credential of every call. */
export function authenticate(app: FastifyInstance, secret: string): void {
  const verify = createVerifier({
    key: secret,
    algorithms: ["HS256"],
    allowedIss: issuer,
    requiredClaims: ["sub", "exp"],
    cache: 10_000,
    // The default hashes the token; its documentation names the token itself as the faster choice.
    cacheKeyBuilder: (token) => token,
  });
  app.decorateRequest("userId", "");
  app.addHook("onRequest", async (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined || !authorization.startsWith("Bearer "))
      throw new PeerError(401, "CREDENTIAL_MISSING", "A bearer token is needed");
    try {
      request.userId = verify(authorization.slice(7)).sub;
    } catch {
      throw new PeerError(401, "CREDENTIAL_INVALID", "The credential is not valid");
    }
  });
}

/** A token that the peer accepts for an hour. */
export function peerToken(secret: string, userId: string): string {
  return createSigner({ key: secret, algorithm: "HS256", iss: issuer, expiresIn: 3_600_000 })({ sub: userId });
}
