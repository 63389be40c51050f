import assert from "node:assert/strict";
import test from "node:test";
import { z } from "zod";
import { valueForm } from "./value-form.ts";

function formed(schema: z.ZodType, value: unknown): unknown {
  return valueForm(schema)?.(value) ?? value;
}

test("a uuid is in lower case, at every depth", () => {
  const [id, lower] = ["A1B2C3D4-0000-4000-8000-00000000ABCD", "a1b2c3d4-0000-4000-8000-00000000abcd"];
  const inner = z.object({ id: z.uuid().nullish(), name: z.string() });
  const schema = z.object({
    id: z.uuid(),
    ids: z.array(z.uuid()).default([]),
    inner,
    more: z.array(inner).max(3),
    by: z.record(z.string(), z.uuid()),
    other: z.discriminatedUnion("kind", [z.object({ kind: z.literal("A"), id: z.guid() })]),
  });
  const of = (uuid: string) => ({
    ...{
      id: uuid,
      ids: [uuid],
      inner: { id: uuid, name: id },
      more: [
        { id: uuid, name: id },
        { id: null, name: "" },
      ],
    },
    ...{ by: { A: uuid, ["__proto__"]: uuid }, other: { kind: "A", id: uuid } },
  });
  assert.deepEqual(formed(schema, of(id)), of(lower));
  assert.deepEqual(formed(z.object({ id: z.uuid().optional() }), {}), {});
});

test("a missing list or map is empty, at every depth; one with a default is left to that", () => {
  const inner = z.object({ tags: z.array(z.string()), counts: z.record(z.string(), z.int()).optional() });
  const schema = z.object({
    names: z.array(z.string()).min(1),
    colours: z.array(z.string()).default(["red"]),
    inner,
    more: z.array(inner),
    by: z.record(z.string(), inner),
    maybe: inner.optional(),
    size: z.int().optional(),
  });
  const empty = { tags: [], counts: {} };
  assert.deepEqual(formed(schema, { inner: {}, more: [{}, { tags: ["x"] }], by: { a: {} } }), {
    names: [],
    inner: empty,
    more: [empty, { tags: ["x"], counts: {} }],
    by: { a: empty },
  });
});

test("of a union the member that is there is filled; a schema may lead back to itself", () => {
  const union = z.object({
    shape: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("line"), points: z.array(z.int()) }),
      z.object({ kind: z.literal("dot"), at: z.int() }),
    ]),
  });
  assert.deepEqual(formed(union, { shape: { kind: "line" } }), { shape: { kind: "line", points: [] } });
  assert.deepEqual(formed(union, { shape: { kind: "dot" } }), { shape: { kind: "dot" } });
  const tree = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  assert.deepEqual(formed(tree, { name: "a", children: [{ name: "b" }] }), {
    name: "a",
    children: [{ name: "b", children: [] }],
  });
});

test("what has one form only costs nothing, and what is no object is left alone", () => {
  assert.equal(valueForm(z.object({ n: z.int(), text: z.string().optional() })), undefined);
  const schema = z.object({ list: z.array(z.object({ tags: z.array(z.string()) })) });
  for (const value of [null, 3, "x", [], { list: 3 }, { list: [3, null] }])
    assert.deepEqual(formed(schema, structuredClone(value)), value);
});
