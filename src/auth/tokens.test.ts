import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";
import { AppError } from "../core/app-error.ts";
import { signingKeyFromSecret } from "./signing-key.ts";
import { createTokens, type Tokens } from "./tokens.ts";

const secret = "k8s-JmPq0vV2xWz4rTn6bLd9cHy3fGs7uEa1";
const otherSecret = "p3Q-NwXe5tRk8yUj2iHo6mBz4vCq9dFl7aSg";
const start = Date.parse("2026-11-22T12:00:00Z");

function movingClock() {
  let now = start;
  return {
    now: () => now,
    pass(seconds: number) {
      now += seconds * 1000;
    },
  };
}

function tokensOf(over: Partial<Parameters<typeof createTokens>[0]> = {}): Tokens {
  return createTokens({ secret, issuer: "chat", clock: { now: () => start }, ...over });
}

async function verified(tokens: Tokens, token: string) {
  return await tokens.verify(token);
}

function refusedWith(reason: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "UNAUTHENTICATED");
    assert.equal(error.reason, reason);
    assert.equal(error.details, undefined);
    assert.doesNotMatch(error.message, /signature|issuer|alg|typ|claim|key/i);
    return true;
  };
}

/** A token as ours, except for what a test changes. */
function forge(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signedWith = secret,
): Promise<string> {
  const key = signingKeyFromSecret(signedWith);
  const seconds = start / 1000;
  const whole = {
    iss: "chat",
    sub: "u1",
    iat: seconds,
    exp: seconds + 900,
    jti: "j1",
    roles: [],
    scope: "",
    ...claims,
  };
  const known = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return new SignJWT(known)
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: key.id, ...header })
    .sign(key.privateKey);
}

test("a token stands for the user that it was issued for", async () => {
  const tokens = tokensOf();
  const { token, expiresIn } = await tokens.issue({ id: "u1", roles: ["admin"], scopes: ["read", "write"] });
  assert.equal(expiresIn, 900);
  assert.deepEqual(await verified(tokens, token), { id: "u1", roles: ["admin"], scopes: ["read", "write"] });
  const plain = await tokens.issue({ id: "u2" });
  assert.deepEqual(await verified(tokens, plain.token), { id: "u2", roles: [], scopes: [] });
});

test("the second sight of a token is synchronous, until it expires", async () => {
  const clock = movingClock();
  const tokens = tokensOf({ clock });
  const { token } = await tokens.issue({ id: "u1" });
  assert.ok(tokens.verify(token) instanceof Promise);
  await verified(tokens, token);
  assert.deepEqual(tokens.verify(token), { id: "u1", roles: [], scopes: [] });
  clock.pass(904);
  assert.deepEqual(tokens.verify(token), { id: "u1", roles: [], scopes: [] }, "five seconds are forgiven");
  clock.pass(1);
  assert.throws(() => tokens.verify(token), refusedWith("CREDENTIAL_EXPIRED"));
});

test("a token that expired before it was ever seen is refused as expired", async () => {
  const clock = movingClock();
  const { token } = await tokensOf({ clock }).issue({ id: "u1" });
  clock.pass(906);
  await assert.rejects(verified(tokensOf({ clock }), token), refusedWith("CREDENTIAL_EXPIRED"));
});

test("after the secret was changed, the previous one still verifies and the new one signs", async () => {
  const { token } = await tokensOf().issue({ id: "u1" });
  const rotated = tokensOf({ secret: otherSecret, previousSecret: secret });
  assert.equal((await verified(rotated, token)).id, "u1");
  const fresh = await rotated.issue({ id: "u2" });
  await assert.rejects(verified(tokensOf(), fresh.token), refusedWith("CREDENTIAL_INVALID"));
  await assert.rejects(verified(tokensOf({ secret: otherSecret }), token), refusedWith("CREDENTIAL_INVALID"));
});

test("the shape of our own tokens is accepted when forged with the right key", async () => {
  assert.equal((await verified(tokensOf(), await forge())).id, "u1");
});

const refusals: Record<string, () => Promise<string>> = {
  "an empty text": async () => "",
  "no token": async () => "hello",
  "another issuer": () => forge({ iss: "other" }),
  "no issuer": () => forge({ iss: undefined }),
  "no expiry": () => forge({ exp: undefined }),
  "no subject": () => forge({ sub: undefined }),
  "an empty subject": () => forge({ sub: "" }),
  "no id": () => forge({ jti: undefined }),
  "no issue time": () => forge({ iat: undefined }),
  "roles that are no list": () => forge({ roles: "admin" }),
  "roles that are no texts": () => forge({ roles: [1] }),
  "a scope that is no text": () => forge({ scope: ["read"] }),
  "another type": () => forge({}, { typ: "JWT" }),
  "no type": () => forge({}, { typ: undefined }),
  "no key id": () => forge({}, { kid: undefined }),
  "an unknown key": () => forge({}, {}, otherSecret),
  "another key under our key's id": () => forge({}, { kid: signingKeyFromSecret(secret).id }, otherSecret),
  "the same key under an algorithm's other name": () => forge({}, { alg: "Ed25519" }),
  "a changed payload": async () => {
    const [header, , signature] = (await forge()).split(".");
    const [, payload] = (await forge({ sub: "admin" })).split(".");
    return `${header}.${payload}.${signature}`;
  },
  "no algorithm": async () => {
    const [, payload] = (await forge()).split(".");
    const header = { alg: "none", typ: "at+jwt", kid: signingKeyFromSecret(secret).id };
    return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.`;
  },
  "a MAC made with the public key": async () => {
    const { jwk, id } = signingKeyFromSecret(secret);
    const [, payload] = (await forge()).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "HS256", typ: "at+jwt", kid: id })).toString("base64url");
    const mac = createHmac("sha256", Buffer.from(jwk.x, "base64url"))
      .update(`${header}.${payload}`)
      .digest("base64url");
    return `${header}.${payload}.${mac}`;
  },
  "another algorithm": async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const header = { alg: "ES256", typ: "at+jwt", kid: signingKeyFromSecret(secret).id };
    return new SignJWT({ iss: "chat", sub: "u1", jti: "j" })
      .setProtectedHeader(header)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  },
};

for (const [name, make] of Object.entries(refusals)) {
  test(`refused: ${name}`, async () => {
    const token = await make();
    await assert.rejects(verified(tokensOf(), token), refusedWith("CREDENTIAL_INVALID"));
  });
}

test("an oversized token is refused before any work", () => {
  assert.throws(() => tokensOf().verify("x".repeat(5000)), refusedWith("CREDENTIAL_INVALID"));
});

test("the public keys verify our tokens and hold nothing private", async () => {
  const tokens = tokensOf({ previousSecret: otherSecret });
  const { keys } = tokens.publicKeys();
  const { token } = await tokens.issue({ id: "u1" });
  assert.equal(keys.length, 2);
  const [jwk] = keys;
  assert.ok(jwk);
  const { payload } = await jwtVerify(token, await importJWK({ ...jwk }, "EdDSA"), { currentDate: new Date(start) });
  assert.equal(payload.sub, "u1");
  const privateJwk = await exportJWK(signingKeyFromSecret(secret).privateKey);
  assert.ok(privateJwk.d && !JSON.stringify(keys).includes(privateJwk.d));
});

test("a secret always gives the same key, another one another", () => {
  assert.equal(signingKeyFromSecret(secret).id, signingKeyFromSecret(secret).id);
  assert.notEqual(signingKeyFromSecret(secret).id, signingKeyFromSecret(otherSecret).id);
});
