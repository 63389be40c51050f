import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuth } from "./auth.ts";
import { createAuthenticator } from "./authenticator.ts";
import { createPasswords } from "./passwords.ts";
import { createTokens } from "./tokens.ts";

const tokens = createTokens({ secret: "k8s-JmPq0vV2xWz4rTn6bLd9cHy3fGs7uEa1", issuer: "chat" });
const authenticator = createAuthenticator({ tokens });

test("what handlers issue, the pipeline recognises, at once from the second time", async () => {
  const passwords = createPasswords({ parameters: { memory: 64, passes: 1, parallelism: 1 } });
  const auth = createAuth({ tokens, passwords });
  const { token } = await auth.issueToken({ id: "u1", roles: ["admin"] });
  const user = { id: "u1", roles: ["admin"], scopes: [] };
  assert.deepEqual(await authenticator.authenticate({ kind: "bearer", token }), user);
  assert.deepEqual(authenticator.authenticate({ kind: "bearer", token }), user);
  assert.equal(await auth.verifyPassword("secret", await auth.hashPassword("secret")), true);
  assert.equal(await auth.verifyPassword("secret", undefined), false);
});

test("the local owner is the user of his choice, without roles, or nobody", () => {
  assert.deepEqual(authenticator.authenticate({ kind: "local", userId: "u1" }), { id: "u1", roles: [], scopes: [] });
  assert.equal(authenticator.authenticate({ kind: "local", userId: undefined }), undefined);
});
