// The Ed25519 key pair that signs access tokens, derived from a secret: no key file to keep or to hand out.

import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";

/** A public key as JWKS shows it (RFC 8037). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "EdDSA";
}

/** A key pair with its name. */
export interface SigningKey {
  /** The key's thumbprint (RFC 7638): equal in every process that has the secret. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

/** What stands before the 32 bytes of a seed in the PKCS #8 form of an Ed25519 key (RFC 8410). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * Derives the key pair of a secret (HKDF-SHA-256). The same secret always gives the same key; the key tells nothing of
 * the secret.
 */
export function signingKeyFromSecret(secret: string): SigningKey {
  const seed = Buffer.from(hkdfSync("sha256", secret, "", "trivium access token Ed25519", 32));
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const { x } = publicKey.export({ format: "jwk" });
  if (x === undefined) throw new Error("the public key has no coordinate");
  const id = createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest("base64url");
  return { id, privateKey, publicKey, jwk: { kty: "OKP", crv: "Ed25519", x, kid: id, use: "sig", alg: "EdDSA" } };
}
