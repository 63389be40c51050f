import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { timestamp } from "../../../contract/schema.ts";
import { ruleMessage } from "./rule-message.ts";
import { violationsFromIssues } from "./violations.ts";

function told(schema: z.ZodType, value: unknown): (readonly [string, string, string])[] {
  const parsed = schema.safeParse(value, { error: ruleMessage });
  return violationsFromIssues(parsed.error?.issues ?? []).map(({ path, message, rule }) => [path, message, rule]);
}

const cases: readonly (readonly [z.ZodType, unknown, string, string])[] = [
  [z.string(), undefined, "Is required", "required"],
  [z.string(), 5, "Must be text", "wrong_type"],
  [z.int(), "5", "Must be a number", "wrong_type"],
  [z.int(), 1.5, "Must be a whole number", "wrong_type"],
  [z.string().min(1), "", "Must have at least 1 character", "too_short"],
  [z.string().max(3), "four", "Must have at most 3 characters", "too_long"],
  [z.array(z.string()).min(2), ["a"], "Must have at least 2 items", "too_short"],
  [z.int().min(1), 0, "Must be at least 1", "too_small"],
  [z.int().max(100), 101, "Must be at most 100", "too_large"],
  [z.number().gt(0), 0, "Must be more than 0", "too_small"],
  [z.enum(["a", "b"]), "c", 'Must be "a" or "b"', "not_allowed"],
  [z.enum(["a", "b"]), undefined, "Is required", "required"],
  [z.uuid(), "x", "Must be a UUID", "invalid_uuid"],
  [z.email(), "x", "Must be an email address", "invalid_email"],
  [timestamp(), "x", "Must be a time such as 2026-11-22T18:40:00Z", "invalid_datetime"],
  [z.union([z.string(), z.int()]), true, "Must have one of the forms that the contract names", "invalid_union"],
  [z.string().min(3, "Say a little more"), "x", "Say a little more", "too_short"],
];

test("each broken rule is told in plain words, an author's own words are kept", () => {
  for (const [schema, value, message, rule] of cases) {
    assert.deepEqual(told(z.object({ it: schema }), { it: value }), [["it", message, rule]], JSON.stringify(value));
  }
});

test("an unknown field is named by its path", () => {
  const schema = z.strictObject({ of: z.array(z.strictObject({ a: z.string() })) });
  assert.deepEqual(told(schema, { of: [{ a: "x", b: 1 }] }), [["of[0].b", "There is no such field", "unknown_field"]]);
});
