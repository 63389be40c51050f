import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireForm } from "./form/wire-form.ts";
import { pinnedNumbering } from "./numbering.ts";

const field = (number: number) => ({ number, type: "string", json: "x" });
const wire: WireForm = {
  messages: { "jot.Note": { fields: { text: field(1), at: field(2) } } },
  enums: {},
  methods: {},
};
const asBody = { message: "jot.Note", from: "text", to: "body" };

test("a field that is renamed keeps its number; one that stays as well keeps it alone", () => {
  assert.deepEqual(pinnedNumbering(wire, [asBody]).numbers("jot.Note", ["body", "at"]), [1, 2]);
  assert.deepEqual(pinnedNumbering(wire, [asBody]).numbers("jot.Note", ["text", "at", "body"]), [1, 2, 3]);
  const twice = pinnedNumbering(wire, [asBody, { ...asBody, to: "note" }]);
  assert.deepEqual(twice.numbers("jot.Note", ["at", "body", "note"]), [2, 1, 3]);
});
