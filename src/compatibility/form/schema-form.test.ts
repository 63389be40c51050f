import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { type Model, model } from "../../contract/model.ts";
import { bytes, duration, json, sensitive, timestamp } from "../../contract/schema.ts";
import { SchemaForms } from "./schema-form.ts";

const Person = model("Person", {
  name: z.string(),
  get friends() {
    return z.array(Person);
  },
  get best() {
    return Person.optional();
  },
}) as Model;
const person = { $ref: "#/models/Person" };

test("a model is a reference wherever it stands, also in itself", () => {
  const forms = new SchemaForms();
  assert.deepEqual(forms.formOf(Person, "output"), person);
  const answer = z.object({ all: z.array(Person), first: Person.nullable(), told: Person.describe("who") });
  assert.deepEqual(forms.formOf(answer, "output"), {
    type: "object",
    properties: {
      all: { type: "array", items: person },
      first: { anyOf: [person, { type: "null" }] },
      told: person,
    },
    required: ["all", "first", "told"],
  });
  assert.deepEqual(forms.models, {
    input: {},
    output: {
      Person: {
        type: "object",
        properties: { name: { type: "string" }, friends: { type: "array", items: person }, best: person },
        required: ["name", "friends"],
      },
    },
  });
});

test("what is only for people, and what the library adds of its own accord, is left out", () => {
  const fields = z.strictObject({
    id: z.uuid().describe("which"),
    at: timestamp(),
    wait: duration(),
    file: bytes(),
    any: json().nullable(),
    secret: sensitive(
      z
        .string()
        .trim()
        .min(3)
        .meta({ title: "Secret", examples: ["abc"] }),
    ),
    count: z.int().default(3),
    few: z.int().max(5).readonly(),
  });
  assert.deepEqual(new SchemaForms().formOf(fields, "input"), {
    type: "object",
    properties: {
      id: { type: "string", format: "uuid" },
      at: { type: "string", format: "date-time" },
      wait: { type: "string", format: "duration" },
      file: { type: "string", contentEncoding: "base64" },
      any: { anyOf: [{}, { type: "null" }] },
      secret: { type: "string", minLength: 3 },
      count: { type: "integer", default: 3 },
      few: { type: "integer", maximum: 5 },
    },
    required: ["id", "at", "wait", "file", "any", "secret", "few"],
    additionalProperties: false,
  });
});

test("an answer has no default and may gain fields; an input has what its caller may leave out", () => {
  const Sized = model("Sized", { size: z.int().default(1) });
  const forms = new SchemaForms();
  forms.formOf(Sized, "input");
  forms.formOf(Sized, "output");
  assert.deepEqual(forms.models.input.Sized, {
    type: "object",
    properties: { size: { type: "integer", default: 1 } },
  });
  assert.deepEqual(forms.models.output.Sized, {
    type: "object",
    properties: { size: { type: "integer" } },
    required: ["size"],
  });
});

test("an unnamed schema that holds itself has an end", () => {
  const Tree: z.ZodType = z.object({ leaves: z.array(z.lazy(() => Tree)) });
  const text = JSON.stringify(new SchemaForms().formOf(z.object({ tree: Tree, same: Tree }), "output"));
  assert.match(text, /"leaves"/);
  assert.ok(text.length < 1000);
});
