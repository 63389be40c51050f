import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytes, json, timestamp, z } from "./index.ts";
import { textFieldFrom } from "./text-field.ts";

function convertWith(schema: z.ZodType, text: string): unknown {
  const field = textFieldFrom(schema);
  if (typeof field === "string") assert.fail(field);
  return field.convert(text);
}

test("a text is converted by the schema's own type, through every wrapper", () => {
  assert.equal(convertWith(z.int().min(1).default(3), "42"), 42);
  assert.equal(convertWith(z.number().optional(), "-1.5e3"), -1500);
  assert.equal(convertWith(z.boolean().nullable().prefault(null), "true"), true);
  assert.equal(convertWith(z.boolean().readonly(), "false"), false);
  assert.equal(convertWith(z.literal([1, 2]), "2"), 2);
  assert.equal(convertWith(z.literal(7).catch(7), "7"), 7);
  assert.equal(
    convertWith(
      z.lazy(() => z.int()),
      "5",
    ),
    5,
  );
  assert.equal(convertWith(z.int().transform(String).pipe(z.string()), "5"), 5);
  assert.equal(convertWith(z.union([z.literal(1), z.boolean()]), "1"), 1);
});

test("text stays text, also where it looks like something else", () => {
  assert.equal(convertWith(z.string(), "42"), "42");
  assert.equal(convertWith(z.enum(["1", "true"]), "1"), "1");
  assert.equal(convertWith(z.uuid(), "null"), "null");
  assert.equal(convertWith(timestamp(), "2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z");
  assert.equal(convertWith(bytes(), "AAAA"), "AAAA");
});

test("what does not convert is passed on as it is, for validation to name", () => {
  for (const text of ["", " 1", "1 ", "0x10", "01", "+1", "1.", ".5", "1_000", "NaN", "Infinity", "1e999", "true"])
    assert.equal(convertWith(z.number(), text), text);
  for (const text of ["", "1", "TRUE", "yes"]) assert.equal(convertWith(z.boolean(), text), text);
});

test("the text null is null where the schema is nullable and no text of its own", () => {
  assert.equal(convertWith(z.int().nullish(), "null"), null);
  assert.equal(convertWith(z.uuid().nullable(), "null"), null);
  assert.equal(convertWith(z.enum(["a"]).nullable().optional(), "null"), null);
});

test("every finite number and every text survives the way through text", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      assert.equal(convertWith(z.number(), String(number)), number === 0 ? Number(String(number)) : number);
    }),
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assert.equal(convertWith(z.string(), text), text)));
});

test("what text cannot carry is named as a problem", () => {
  const refused: z.ZodType[] = [
    z.object({ a: z.string() }),
    z.record(z.string(), z.string()),
    json(),
    z.array(z.array(z.string())),
    z.array(z.object({})),
    z.tuple([z.string()]),
    z.unknown(),
    z.union([z.string(), z.int()]),
    z.string().nullable(),
    z.array(z.string()).nullable(),
    z.array(z.string().nullable()),
  ];
  for (const schema of refused) assert.equal(typeof textFieldFrom(schema), "string", schema.type);
});

test("a field knows whether it is a list and whether it is required", () => {
  const facts = (schema: z.ZodType): unknown => {
    const field = textFieldFrom(schema);
    return typeof field === "string" ? field : [field.list, field.required];
  };
  assert.deepEqual(facts(z.array(z.int())), [true, true]);
  assert.deepEqual(facts(z.array(z.int()).optional()), [true, false]);
  assert.deepEqual(facts(z.int().default(1)), [false, false]);
  assert.deepEqual(facts(z.string()), [false, true]);
});
