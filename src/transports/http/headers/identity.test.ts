import assert from "node:assert/strict";
import { test } from "node:test";
import { identityReader, plainAddress, requestIdOf, timeoutFromHeader } from "./identity.ts";

test("a bearer token is taken out of its header, in any case of the scheme", () => {
  const read = identityReader(undefined);
  assert.deepEqual(read({ authorization: "Bearer a.b-c_d~e+f/g==" }).credential, {
    kind: "bearer",
    token: "a.b-c_d~e+f/g==",
  });
  assert.deepEqual(read({ authorization: "bEARER  abc" }).credential, { kind: "bearer", token: "abc" });
  assert.deepEqual(read({}), { credential: undefined, road: "http" });
});

test("what is no bearer header is an empty token, which nobody has", () => {
  for (const authorization of ["Basic YTpi", "Bearer", "Bearer a b", "Bearer é", "", "good"])
    assert.deepEqual(identityReader(undefined)({ authorization }).credential, { kind: "bearer", token: "" });
});

test("the local secret lets its holder act as a user, and nobody else", () => {
  const read = identityReader("s3cret");
  assert.deepEqual(read({ "x-trivium-local": "s3cret", "x-trivium-as": "u1" }), {
    credential: { kind: "local", userId: "u1" },
    road: "cli",
  });
  assert.deepEqual(read({ "x-trivium-local": "s3cret" }).credential, { kind: "local", userId: undefined });
  assert.deepEqual(read({ "x-trivium-local": "s3cret", authorization: "Bearer t" }), {
    credential: { kind: "bearer", token: "t" },
    road: "cli",
  });
  const refused = { reason: "CREDENTIAL_INVALID" };
  assert.throws(() => read({ "x-trivium-local": "s3cre" }), refused);
  assert.throws(() => read({ "x-trivium-local": "" }), refused);
  assert.throws(() => read({ "x-trivium-local": "s3cret", "x-trivium-as": "u1", authorization: "Bearer t" }), refused);
  assert.throws(() => identityReader(undefined)({ "x-trivium-local": "s3cret" }), refused);
  assert.deepEqual(read({ "x-trivium-as": "u1" }), { credential: undefined, road: "http" });
});

test("Request-Timeout is a number of seconds", () => {
  assert.equal(timeoutFromHeader("1.5"), 1500);
  assert.equal(timeoutFromHeader("0"), 0);
  assert.equal(timeoutFromHeader(undefined), undefined);
  for (const header of ["", "-1", "1s", "1e3", " 1", "99999999"])
    assert.throws(() => timeoutFromHeader(header), { reason: "MALFORMED_REQUEST" }, header);
});

test("a request id is kept if it is visible ASCII, else made", () => {
  assert.equal(requestIdOf({ "x-request-id": "abc-1" }), "abc-1");
  for (const given of ["", "a b", "é", "x".repeat(129)])
    assert.match(requestIdOf({ "x-request-id": given }), /^[0-9a-f-]{36}$/);
});

test("an address is plain, and nothing else passes for one", () => {
  assert.equal(plainAddress("::ffff:10.0.0.1"), "10.0.0.1");
  assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
  assert.equal(plainAddress("<script>"), undefined);
  assert.equal(plainAddress(undefined), undefined);
});
