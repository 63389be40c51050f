import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireForm } from "../form/wire-form.ts";
import { wireChanges } from "./wire-rules.ts";

const wire = (name: string, type: string): WireForm => ({
  messages: { "jot.Note": { fields: { [name]: { number: 1, type, json: name } } } },
  enums: {},
  methods: {},
});

test("a rename does not hide that the field is of another type", () => {
  assert.deepEqual(
    wireChanges(wire("text", "string"), wire("size", "int64")).map(({ name }) => name),
    ["jot.Note.text: renamed to size", "jot.Note.text: type string to int64"],
  );
});
