import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { bytes, duration, holdsSensitive, isSensitive, json, sensitive, timestamp, wireKindOf } from "./schema.ts";

test("a timestamp of any offset and precision becomes UTC with milliseconds", () => {
  const schema = timestamp();
  assert.equal(schema.parse("2026-11-22T18:40:00.123Z"), "2026-11-22T18:40:00.123Z");
  assert.equal(schema.parse("2026-11-22T19:40:00+01:00"), "2026-11-22T18:40:00.000Z");
  assert.equal(schema.parse("2026-11-22T18:40:00.1239999Z"), "2026-11-22T18:40:00.123Z");
});

test("timestamps sort as text, and each is its own normal form", () => {
  const range = {
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  };
  fc.assert(
    fc.property(fc.date(range), fc.date(range), (a, b) => {
      const [first, second] = [timestamp().parse(a.toISOString()), timestamp().parse(b.toISOString())];
      assert.equal(first, a.toISOString());
      assert.equal(first < second, a.getTime() < b.getTime());
    }),
  );
});

test("what is no point in time, or outside the years 0001 to 9999, is refused", () => {
  for (const text of [
    "",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-22",
    "2026-11-22T18:40:00",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "0000-06-01T00:00:00Z",
    5,
  ]) {
    assert.equal(timestamp().safeParse(text).success, false, String(text));
  }
});

test("a duration is seconds with up to nine decimals", () => {
  for (const text of ["1s", "-1.5s", "0.000000001s"]) assert.equal(duration().parse(text), text);
  for (const text of ["1", "1m", "s", "1.s", "1.0000000001s"])
    assert.equal(duration().safeParse(text).success, false, text);
});

test("wire kinds and the sensitive mark are found, also under optional", () => {
  assert.deepEqual(
    [timestamp(), duration(), bytes(), json(), z.string()].map((schema) => wireKindOf(schema)),
    ["timestamp", "duration", "bytes", "json", undefined],
  );
  assert.equal(isSensitive(sensitive(z.string())), true);
  assert.equal(isSensitive(z.string()), false);
});

test("the sensitive mark is found wherever it stands in a schema", () => {
  const secret = sensitive(z.string());
  interface Tree {
    readonly leaf: string;
    readonly children: Tree[];
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.object({ leaf: secret, children: z.array(tree) }));
  const holding: z.ZodType[] = [
    ...[secret, z.object({ a: z.object({ b: secret }) }), z.array(secret), z.tuple([z.int(), secret])],
    ...[z.record(z.string(), secret), z.union([z.int(), secret]), z.intersection(z.object({}), z.object({ secret }))],
    ...[secret.optional(), secret.nullable().default(null), secret.transform((text) => text.length), tree],
  ];
  for (const schema of holding) assert.equal(holdsSensitive(schema), true, schema.type);
  const plain: z.ZodType[] = [z.object({ a: z.enum(["x"]), b: z.array(z.literal(1)) }), z.lazy(() => z.string())];
  for (const schema of plain) assert.equal(holdsSensitive(schema), false, schema.type);
});

test("every value type can be described as JSON Schema", () => {
  const schema = z.toJSONSchema(z.object({ at: timestamp(), for: duration(), raw: bytes(), any: json() }));
  assert.deepEqual((schema.properties?.at as { format?: string } | undefined)?.format, "date-time");
});
