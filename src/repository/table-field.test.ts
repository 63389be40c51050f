// How schemas become columns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { bytes, duration, json, timestamp } from "../contract/schema.ts";
import { tableField } from "./table-field.ts";

const kinds: readonly (readonly [what: string, schema: z.ZodType, kind: string | undefined])[] = [
  ["a string", z.string().trim().min(1), "text"],
  ["a uuid", z.uuid(), "text"],
  ["a date", z.iso.date(), "text"],
  ["a duration", duration(), "text"],
  ["an enum", z.enum(["a", "b"]), "text"],
  ["a literal", z.literal("a"), "text"],
  ["a union of literals", z.union([z.literal("a"), z.literal("b")]), "text"],
  ["an integer", z.int(), "integer"],
  ["an integer by a check", z.number().int(), "integer"],
  ["a number", z.number(), "number"],
  ["a boolean", z.boolean(), "boolean"],
  ["a timestamp", timestamp(), "timestamp"],
  ["bytes", bytes(), "bytes"],
  ["any JSON", json(), "document"],
  ["a list", z.array(z.string()), "document"],
  ["a map", z.record(z.string(), z.int()), "document"],
  ["an object", z.object({ a: z.string() }), "document"],
  ["a union of objects", z.discriminatedUnion("t", [z.object({ t: z.literal("a") })]), "document"],
  ["a mixed union", z.union([z.string(), z.int()]), "document"],
  ["a mixed literal", z.literal(["a", 1]), "document"],
  ["a recursive schema", z.lazy(() => z.string()), "document"],
  ["a Date", z.date(), undefined],
  ["a bigint", z.bigint(), undefined],
  ["a transformed string", z.string().transform(Number), undefined],
  ["a list that may hold a Date", z.union([z.string(), z.date()]), undefined],
];

for (const [what, schema, kind] of kinds) {
  test(`${what} is kept as ${kind ?? "nothing"}, also when it may be missing`, () => {
    for (const each of [schema, schema.optional(), schema.nullable(), schema.readonly(), schema.nullish()])
      assert.equal(tableField("field", each)?.kind, kind);
  });
}

test("a missing value is absent only where the schema takes no null", () => {
  const missing = (schema: z.ZodType) => {
    const field = tableField("someField", schema);
    return [field?.nullable, field?.absent];
  };
  assert.deepEqual(missing(z.string()), [false, false]);
  assert.deepEqual(missing(z.string().optional()), [true, true]);
  assert.deepEqual(missing(z.string().nullable()), [true, false]);
  assert.deepEqual(missing(z.string().nullish()), [true, false]);
  assert.deepEqual(missing(z.string().default("x")), [false, false]);
  assert.deepEqual(missing(z.string().optional().default("x")), [false, false]);
  assert.equal(tableField("someField", z.string())?.column, "some_field");
});

test("a default is what the schema gives, fresh each time", () => {
  const field = tableField(
    "tags",
    z.array(z.string()).default(() => ["new"]),
  );
  assert.deepEqual(field?.fallback?.(), ["new"]);
  assert.notEqual(field?.fallback?.(), field?.fallback?.());
  assert.equal(tableField("tags", z.string())?.fallback, undefined);
});

test("only values that the column can be compared with are accepted from outside", () => {
  const accepts = (schema: z.ZodType, value: unknown) => tableField("field", schema)?.accepts(value);
  assert.ok(accepts(z.string().max(1), "longer, from before the rule"));
  assert.ok(!accepts(z.string(), "nul\0"));
  assert.ok(!accepts(z.string(), "\ud800"));
  assert.ok(!accepts(z.uuid(), "abc"));
  assert.ok(!accepts(z.iso.date(), "2026-02-30"));
  assert.ok(!accepts(z.enum(["a"]), "b"));
  assert.ok(!accepts(z.int(), 2 ** 60));
  assert.ok(!accepts(z.int(), "1"));
  assert.ok(!accepts(z.number(), null));
  assert.ok(!accepts(z.boolean(), "true"));
  assert.ok(accepts(timestamp(), "2026-11-22T12:00:00.000Z"));
  assert.ok(!accepts(timestamp(), "infinity"));
  assert.ok(!accepts(json(), {}));
});
