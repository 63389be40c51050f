import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../core/app-error.ts";
import { parsePasswordHash } from "./password-hash.ts";
import { createPasswords } from "./passwords.ts";

const cheap = { memory: 64, passes: 1, parallelism: 1 };

test("a password belongs to its own hash only, and each hash has its own salt", async () => {
  const passwords = createPasswords({ parameters: cheap });
  const [first, second] = [await passwords.hash("correct horse"), await passwords.hash("correct horse")];
  assert.notEqual(first, second);
  assert.equal(await passwords.verify("correct horse", first), true);
  assert.equal(await passwords.verify("correct horse", second), true);
  assert.equal(await passwords.verify("wrong horse", first), false);
  assert.ok(!first.includes("horse"));
});

test("by default a hash costs what OWASP advises, and says so", async () => {
  const passwords = createPasswords();
  const hash = await passwords.hash("pässword");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await createPasswords({ parameters: cheap }).verify("pässword", hash), true, "the hash names its cost");
});

test("a hash made by another implementation is verified", async () => {
  // The reference implementation's own test vector: argon2id, version 19, t=2, m=65536, p=1, "password", "somesalt".
  const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  assert.equal(await createPasswords().verify("password", hash), true);
  assert.equal(await createPasswords().verify("passwore", hash), false);
});

test("an unknown account takes as long as a known one", async () => {
  const passwords = createPasswords();
  const hash = await passwords.hash("password");
  const timeOf = async (given: string | undefined): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begin = performance.now();
      assert.equal(await passwords.verify("wrong", given), false);
      times.push(performance.now() - begin);
    }
    return Math.min(...times);
  };
  const [known, unknown, unreadable] = [await timeOf(hash), await timeOf(undefined), await timeOf("!")];
  assert.ok(unknown > known / 3 && unknown < known * 3, `${known} ms known, ${unknown} ms unknown`);
  assert.ok(unreadable > known / 3, `${known} ms known, ${unreadable} ms unreadable`);
});

test("hashes that cannot be read, or ask for too much, are no hashes", () => {
  const tail = "$c29tZXNhbHRzb21l$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  assert.ok(parsePasswordHash(`$argon2id$v=19$m=19456,t=2,p=1${tail}`));
  for (const head of [
    "$argon2i$v=19$m=64,t=1,p=1",
    "$argon2id$v=16$m=64,t=1,p=1",
    "$argon2id$v=19$m=9999999,t=1,p=1",
    "$argon2id$v=19$m=64,t=99,p=1",
    "$argon2id$v=19$m=4,t=1,p=1",
    "$argon2id$v=19$m=64,t=1,p=0",
    "",
  ])
    assert.equal(parsePasswordHash(head + tail), undefined, head);
});

test("too many at once are told to come again, the others are served", async () => {
  const passwords = createPasswords({ parameters: cheap, concurrency: 2, queue: 3 });
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.hash("x")));
  const refused = results.filter((result) => result.status === "rejected").map((result) => result.reason);
  assert.equal(refused.length, 3);
  for (const error of refused) {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.reason, error.retryAfter], ["OVERLOADED", 1]);
  }
  assert.match(await passwords.hash("x"), /^\$argon2id/);
});
