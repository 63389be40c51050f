import assert from "node:assert/strict";
import test from "node:test";
import { z } from "zod";
import { collectionFiller } from "./empty-collections.ts";

function filled(schema: z.ZodType, value: unknown): unknown {
  collectionFiller(schema)?.(value);
  return value;
}

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
  assert.deepEqual(filled(schema, { inner: {}, more: [{}, { tags: ["x"] }], by: { a: {} } }), {
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
  assert.deepEqual(filled(union, { shape: { kind: "line" } }), { shape: { kind: "line", points: [] } });
  assert.deepEqual(filled(union, { shape: { kind: "dot" } }), { shape: { kind: "dot" } });
  const tree = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  assert.deepEqual(filled(tree, { name: "a", children: [{ name: "b" }] }), {
    name: "a",
    children: [{ name: "b", children: [] }],
  });
});

test("what has nothing to fill costs nothing, and what is no object is left alone", () => {
  assert.equal(collectionFiller(z.object({ n: z.int(), text: z.string().optional() })), undefined);
  const schema = z.object({ list: z.array(z.object({ tags: z.array(z.string()) })) });
  for (const value of [null, 3, "x", [], { list: 3 }, { list: [3, null] }])
    assert.deepEqual(filled(schema, structuredClone(value)), value);
});
