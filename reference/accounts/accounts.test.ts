import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { AppError, sql } from "trivium";
import type { TestApp } from "trivium/testing";
import { createChat, eventsOf, failsWith, newPerson, password } from "../chat.fixture.ts";
import { accounts } from "./contract.ts";

let chat: TestApp;
before(async () => {
  chat = await createChat();
});
after(() => chat.close());

const displayName = "Ann";
const errorOf = (call: Promise<unknown>): Promise<AppError> =>
  call.then(
    () => assert.fail("it succeeded"),
    (error) => {
      assert.ok(error instanceof AppError, String(error));
      return error;
    },
  );

test("registering answers the account, without any trace of the password", async () => {
  const email = `${randomUUID()}@example.org`;
  const account = await chat.call(accounts.register, { email, password, displayName });
  assert.deepEqual(Object.keys(account).sort(), ["createdAt", "displayName", "email", "id", "roles", "version"]);
  assert.deepEqual([account.email, account.displayName, account.roles, account.version], [email, displayName, [], 1]);
  assert.deepEqual(await eventsOf(chat, "account", account.id), [{ type: "account.registered", data: account }]);
});

test("an email address is trimmed and lower-cased, and belongs to one account", async () => {
  const name = randomUUID();
  const first = await chat.call(accounts.register, { email: ` ${name}@Example.ORG `, password, displayName });
  const email = `${name}@example.org`;
  assert.equal(first.email, email);
  const again = chat.call(accounts.register, { email: email.toUpperCase(), password, displayName });
  const error = await errorOf(again);
  assert.deepEqual([error.code, error.reason, error.details], ["ALREADY_EXISTS", "EMAIL_TAKEN", { email }]);
  assert.equal((await chat.call(accounts.signIn, { email: `${name}@EXAMPLE.org`, password })).tokenType, "Bearer");
});

test("of several registrations with one address at a time, one succeeds", async () => {
  const input = { email: `${randomUUID()}@example.org`, password, displayName };
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => chat.call(accounts.register, input)));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes) if (outcome.status === "rejected") assert.equal(outcome.reason.reason, "EMAIL_TAKEN");
});

test("every broken rule is told at once", async () => {
  const input = { email: "nobody", password: "short", displayName: "a\u0007b", admin: true };
  const { violations } = await errorOf(chat.callRaw(accounts.register, input));
  assert.deepEqual(
    violations?.map(({ path, rule }) => [path, rule]),
    [
      ["admin", "unknown_field"],
      ["displayName", "invalid_text"],
      ["email", "invalid_email"],
      ["password", "too_short"],
    ],
  );
});

test("an unknown address and a wrong password are the same failure", async () => {
  const { email } = await newPerson(chat);
  const errors = [
    await errorOf(chat.call(accounts.signIn, { email, password: "wrong password" })),
    await errorOf(chat.call(accounts.signIn, { email: `${randomUUID()}@example.org`, password })),
    await errorOf(chat.call(accounts.signIn, { email: "nobody", password: "x" })),
  ];
  for (const { code, reason, message, details } of errors) {
    assert.deepEqual([code, reason], ["UNAUTHENTICATED", "INVALID_CREDENTIALS"]);
    assert.deepEqual([message, details], [errors[0]?.message, undefined]);
  }
});

test("the token of a sign-in stands for the account with its roles", async () => {
  const person = await newPerson(chat);
  await chat.database.query(sql`update accounts set roles = ${'["moderator"]'}::text::jsonb where id = ${person.id}`);
  const { accessToken, tokenType, expiresIn } = await chat.call(accounts.signIn, { email: person.email, password });
  assert.equal(tokenType, "Bearer");
  assert.ok(expiresIn > 0);
  const me = await chat.callRaw(accounts.me, {}, accessToken);
  assert.deepEqual(me, { ...person, roles: ["moderator"] });
  const claims = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString());
  assert.deepEqual([claims.sub, claims.roles], [person.id, ["moderator"]]);
});

test("signing in opens no transaction while the password is checked", async () => {
  const { email } = await newPerson(chat);
  assert.equal(await chat.roundTrips(() => chat.call(accounts.signIn, { email, password })), 1);
});

test("one's own account is for who is signed in and has one", async () => {
  await assert.rejects(chat.call(accounts.me, {}), failsWith("CREDENTIAL_MISSING"));
  const id = randomUUID();
  await assert.rejects(chat.call(accounts.me, {}, { id }), failsWith("ACCOUNT_NOT_FOUND", { accountId: id }));
});
