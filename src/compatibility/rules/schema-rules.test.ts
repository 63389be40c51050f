import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { type Model, model } from "../../contract/model.ts";
import { SchemaForms } from "../form/schema-form.ts";
import type { Placed } from "./schema-differences.ts";
import { schemaChanges } from "./schema-rules.ts";

type Direction = "input" | "output";

function placed(schema: z.ZodType, direction: Direction): Placed {
  const forms = new SchemaForms();
  return { schema: forms.formOf(schema, direction), models: forms.models[direction] };
}

function changes(direction: Direction, old: z.ZodType, now: z.ZodType, deep = false): string[] {
  const found = schemaChanges("", direction, placed(old, direction), placed(now, direction), { deep });
  return found.map(({ name }) => name);
}

/** A tree whose nodes hold each other through a union. */
function tree(leaf: z.ZodType): z.ZodType {
  const Leaf = model("Leaf", { type: z.literal("leaf"), value: leaf });
  const Node = model("Node", {
    type: z.literal("node"),
    get children() {
      return z.array(z.discriminatedUnion("type", [Leaf, Node as never]));
    },
  }) as Model;
  return z.object({ root: Node });
}

test("models that hold themselves through a union are compared, each once", () => {
  assert.deepEqual(changes("output", tree(z.string()), tree(z.string()), true), []);
  const found = changes("output", tree(z.string()), tree(z.int()), true);
  assert.deepEqual(found, [".root.children[](leaf).value: type string to integer"]);
});

test("a model that may hold itself, or be null, is compared by itself alone", () => {
  const Person = (name: z.ZodType): z.ZodType => {
    const Self = model("Person", {
      name,
      get parent() {
        return Self.nullable();
      },
    }) as Model;
    return Self;
  };
  const answer = (name: z.ZodType) => z.object({ first: Person(name).nullable() });
  assert.deepEqual(changes("output", answer(z.string()), answer(z.int())), []);
  assert.deepEqual(changes("output", answer(z.string()), answer(z.int()), true), [
    ".first.name: type string to integer",
  ]);
});

test("a model that gives way to other objects is compared with each of them", () => {
  const Point = model("Point", { x: z.int() });
  const found = changes("output", z.object({ a: Point, b: Point }), z.object({ a: z.object({}), b: z.object({}) }));
  assert.deepEqual(found, [".a.x: removed", ".b.x: removed"]);
});

test("a default is compared beside a union, and beside a model", () => {
  const either = z.discriminatedUnion("type", [z.object({ type: z.literal("a") }), z.object({ type: z.literal("b") })]);
  const found = changes("input", either.default({ type: "a" }), either.default({ type: "b" }));
  assert.deepEqual(found, [': default {"type":"a"} to {"type":"b"}']);
  const Point = model("Point", { x: z.int() });
  assert.deepEqual(changes("input", Point.default({ x: 1 }), Point.default({ x: 2 })), [
    ': default {"x":1} to {"x":2}',
  ]);
});

test("of several types beside each other some may go, and others come", () => {
  const [text, two] = [z.string(), z.union([z.string(), z.int()])];
  assert.deepEqual(changes("output", two, z.union([text, z.boolean()])), [
    ": type integer or string to boolean or string",
  ]);
  assert.deepEqual(changes("output", text, two), [": type string to integer or string"]);
  assert.deepEqual(changes("input", text, two), []);
  assert.deepEqual(changes("input", two, text), [": type integer or string to string"]);
});

test("how a text must begin is compared", () => {
  const found = changes("input", z.string().startsWith("a"), z.string().startsWith("b"));
  assert.deepEqual(found, [": pattern ^a.* to ^b.*"]);
});

test("what a wider number excludes all the same breaks who gives it", () => {
  const found = changes("input", z.int().max(100).default(20), z.number().max(50).default(10));
  assert.deepEqual(found, [": default 20 to 10", ": maximum 100 to 50"]);
  assert.deepEqual(changes("output", z.number().max(50), z.int().max(100)), [": maximum 50 to 100"]);
  assert.deepEqual(changes("input", z.int(), z.number()), []);
});

test("a field may be named as what every object has", () => {
  const old = z.object({ constructor: z.string(), name: z.string() });
  assert.deepEqual(changes("output", old, z.object({ name: z.string() })), [".constructor: removed"]);
  assert.deepEqual(changes("input", z.object({ name: z.string() }), old), [".constructor: added, and required"]);
});
