import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { bytes, duration, json, timestamp } from "../../contract/schema.ts";

// The steps check by schemas that zod has compiled. What they say must be what the schemas say.

const tree: z.ZodType = z.lazy(() => z.object({ name: z.string(), children: z.array(tree).optional() }));

const schemas: readonly z.ZodType[] = [
  z.object({ id: z.uuid(), at: timestamp(), note: z.string().max(3).optional(), count: z.int().min(1).default(1) }),
  z.strictObject({
    items: z.array(z.object({ id: z.uuid(), at: timestamp().nullable() })),
    nextCursor: z.string().optional(),
  }),
  z.object({ bytes: bytes(), duration: duration(), any: json() }),
  z.object({ kind: z.enum(["a", "b"]), labels: z.record(z.string(), z.int()), on: z.boolean() }).partial(),
  z.union([z.object({ kind: z.literal("a"), a: z.string() }), z.object({ kind: z.literal("b"), b: z.number() })]),
  z
    .string()
    .trim()
    .min(1)
    .refine((text) => text !== "no"),
  tree,
];

const times = ["2026-11-22T18:40:00.000Z", "2026-11-22T18:40:00+02:00", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z"];
const leaf = fc.oneof(
  fc.uuid(),
  fc.constantFrom(...times, "AP8=", "1.5s", "a", "b", "no", " x ", ""),
  fc.integer({ min: -2, max: 2 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);
const names = ["id", "at", "note", "count", "items", "nextCursor", "bytes", "duration", "any", "kind", "labels", "on"];
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(fc.constantFrom(...names, "a", "b", "name", "children", "extra"), tie("value"), { maxKeys: 5 }),
}));

/** Values that fit more often than not: of the right names with leaves, then anything. */
const item = fc.record({ id: fc.uuid(), at: fc.constantFrom(...times, null), extra: leaf }, { requiredKeys: ["id"] });
const candidates = fc.oneof(
  value,
  fc.record(
    { id: fc.uuid(), at: fc.constantFrom(...times), note: leaf, count: fc.nat(2) },
    { requiredKeys: ["id", "at"] },
  ),
  fc.record({ items: fc.array(item, { maxLength: 3 }), nextCursor: leaf }, { requiredKeys: ["items"] }),
  fc.record({ bytes: fc.constantFrom("AP8=", "?"), duration: fc.constantFrom("1.5s", "1"), any: value }),
  fc.record({ kind: fc.constantFrom("a", "b"), a: leaf, b: leaf }),
);

const settings = { error: () => "in our words" };

for (const [index, schema] of schemas.entries()) {
  const compiled = z.compile(schema);

  test(`compiled, schema ${index} answers what it answers otherwise`, () => {
    let fitting = 0;
    fc.assert(
      fc.property(candidates, (candidate) => {
        const plain = schema.safeParse(candidate, settings);
        const fast = compiled.safeParse(candidate, settings);
        assert.equal(fast.success, plain.success);
        assert.deepEqual(fast.data, plain.data);
        assert.deepEqual(fast.error?.issues, plain.error?.issues);
        if (plain.success) fitting++;
      }),
      { numRuns: 2_000 },
    );
    if (index < 5) assert.ok(fitting > 20, `only ${fitting} values fitted`);
  });
}
