import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { command } from "../kinds/command.ts";
import { query } from "../kinds/query.ts";
import { createRegistry } from "../registry.ts";
import { type Operations, service } from "../service.ts";
import { type LimitOption, limitRules, namedLimits } from "./limit.ts";
import { limitInWords } from "./limit-words.ts";
import { rateFrom } from "./rate.ts";

/** As sources give it that run without a type check. */
const unchecked = (option: unknown): LimitOption => option as LimitOption;

test("a rate is so many calls in so much time", () => {
  assert.deepEqual(rateFrom("60 per minute"), { calls: 60, period: 60, interval: 1_000_000 });
  assert.deepEqual(rateFrom("10 per 15 minutes"), { calls: 10, period: 900, interval: 90_000_000 });
  assert.equal(rateFrom("7 per second")?.interval, 142_858, "rounded up: never more than the rate");
  assert.equal(rateFrom("1 per day")?.interval, 86_400e6);
  assert.equal(rateFrom("1000000 per second")?.interval, 1);
});

test("what is no rate is none", () => {
  const texts = ["", "60", "60/minute", "60 per minut", "0 per minute", "-1 per minute", "1.5 per minute"];
  const more = ["60 per 0 minutes", " 60 per minute", "60 per  minute", "1000001 per second", "1 per 367 days"];
  for (const text of [...texts, ...more, undefined, null, 60]) assert.equal(rateFrom(text), undefined, String(text));
});

test("a limit is a rate, a rate per policy, a rule or a list of rules", () => {
  const [rule] = limitRules("60 per minute");
  assert.deepEqual(rule, {
    quotas: [{ policy: undefined, calls: 60, period: 60, interval: 1_000_000, burst: 60 }],
    by: undefined,
    secure: false,
    problems: [],
  });
  const [policies] = limitRules({ free: "60 per minute", pro: "600 per minute" });
  assert.deepEqual(
    policies?.quotas.map(({ policy, calls }) => [policy, calls]),
    [
      ["free", 60],
      ["pro", 600],
    ],
  );
  const rules = limitRules([
    { rate: "10 per 15 minutes", burst: 5, by: { input: "email" }, secure: true },
    { rate: { free: "1 per day" }, by: "address" },
  ]);
  assert.deepEqual(
    rules.map(({ by, secure, quotas }) => [by, secure, quotas[0]?.burst]),
    [
      [{ input: "email" }, true, 5],
      ["address", false, 1],
    ],
  );
  assert.deepEqual(limitRules(undefined), []);
});

test("a limit is named after its operation; several by what they count", () => {
  const names = (option: LimitOption): string[] => namedLimits("a.b", limitRules(option)).map(({ name }) => name);
  assert.deepEqual(names("1 per day"), ["a.b"]);
  assert.deepEqual(names([{ rate: "1 per day", by: "address" }]), ["a.b"]);
  const rate = "1 per day";
  assert.deepEqual(names([{ rate }, { rate, by: "address" }, { rate, by: { input: "email" } }, { rate }]), [
    "a.b",
    "a.b.address",
    "a.b.email",
    "a.b.2",
  ]);
});

test("limits are said in words", () => {
  const words = (option: LimitOption): string => limitRules(option).map(limitInWords).join(" | ");
  assert.equal(words("60 per minute"), "60 calls per minute for each user, or each address where nobody is signed in");
  assert.equal(
    words({ rate: "10 per 15 minutes", burst: 5, by: { input: "email" }, secure: true }),
    "10 calls per 15 minutes, 5 at once for each value of email; refused while calls cannot be counted",
  );
  assert.equal(
    words({ rate: { free: "1 per day", pro: "48 per 36 hours" }, by: "user" }),
    "for each user, by policy: free: 1 call per day; pro: 48 calls per 36 hours",
  );
});

function problemsOf(operations: Operations): readonly string[] {
  return createRegistry("bench", [service("things", { version: 1 }, operations)]).problems;
}

test("what is wrong with a limit is told at start, all at once", () => {
  const withLimit = (limit: unknown, access: "public" | "user" = "user") =>
    command({
      summary: "Do",
      http: "POST /do",
      access,
      input: { email: z.string() },
      limit: unchecked(limit) as never,
    });
  const found = (limit: unknown, access?: "public" | "user"): string =>
    problemsOf({ do: withLimit(limit, access) }).join("\n");
  assert.match(found("60 a minute"), /^things\.do: limit: "60 a minute": write "60 per minute" or/);
  assert.match(found(60), /limit: 60: write/);
  assert.match(found(null), /limit: null: write/);
  assert.match(found([]), /the list of rules is empty/);
  assert.match(found({}), /names no policy/);
  assert.match(found({ free: "many" }), /limit: "many": write/);
  assert.match(found({ "Free of charge": "1 per day" }), /policy "Free of charge": use a lower case name/);
  assert.match(found({ rate: "1 per day", burts: 3 }), /there is no option "burts"/);
  for (const burst of [0, 1.5, -1, "3", 400]) assert.match(found({ rate: "1 per day", burst }), /burst .*: write/);
  assert.match(found({ rate: "1 per day", by: "ip" }), /by: say "user", "address" or/);
  assert.match(found({ rate: "1 per day", by: { input: "mail" } }), /"mail" }, which is not a field of the input/);
  assert.match(found({ rate: "1 per day", by: "user", secure: true }, "public"), /by "user", but anybody may call it/);
  assert.match(found(["60 per minute"]), /limit: "60 per minute": write/);
  assert.equal(found([{ rate: "1 per day", burst: 366, by: { input: "email" } }]), "");
  assert.equal(found("60 per minute", "public"), "");
  assert.equal(found([{ rate: "no" }, { rate: "nor" }]).split("\n").length, 2);
  const read = query({ summary: "Read", http: "GET /read", access: "public", limit: "600 per minute" });
  assert.deepEqual(problemsOf({ read }), []);
});
