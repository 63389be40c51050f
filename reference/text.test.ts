import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "trivium/contract";
import { line, paragraphs, secret } from "./text.ts";

const name = line(80);
const body = paragraphs(4000);

/** Visible characters of one, two, three and four bytes, the last with two UTF-16 units. */
const visible = fc.constantFrom("a", "é", "語", "🦉", "-", "<", "\u200d");
const control = fc.constantFrom("\u0000", "\u0007", "\u000b", "\r", "\u001b", "\u007f", "\u0085", "\u009f");

function textOf(parts: fc.Arbitrary<string>, min: number, max: number): fc.Arbitrary<string> {
  return fc.array(parts, { minLength: min, maxLength: max }).map((list) => list.join(""));
}

function rules(schema: z.ZodType, text: string): string[] {
  return (schema.safeParse(text).error?.issues ?? []).map((issue) => issue.code);
}

test("a text within its length is taken as it is, whatever it is written in", () => {
  fc.assert(fc.property(textOf(visible, 1, 80), (text) => assert.equal(name.parse(text), text)));
});

test("space around a text is removed before it is measured", () => {
  const space = textOf(fc.constantFrom(" ", "\u00a0", "\n", "\t", "\u3000"), 0, 50);
  fc.assert(
    fc.property(space, textOf(visible, 1, 80), space, (before, text, after) => {
      assert.equal(name.parse(before + text + after), text);
    }),
  );
});

test("the length is counted in code points, not in UTF-16 units", () => {
  assert.equal(name.parse("🦉".repeat(80)), "🦉".repeat(80));
  assert.deepEqual(rules(name, "🦉".repeat(81)), ["too_big"]);
  assert.deepEqual(rules(body, "x".repeat(4001)), ["too_big"]);
  assert.deepEqual(rules(body, "x".repeat(4000)), []);
  assert.deepEqual(rules(secret(8, 200), "🦉".repeat(7)), ["too_small"]);
  assert.deepEqual(rules(secret(8, 200), "🦉".repeat(200)), []);
  assert.deepEqual(rules(secret(8, 200), "🦉".repeat(201)), ["too_big"]);
});

test("nothing but space is too short", () => {
  for (const text of ["", " ", "\n\t ", "\ufeff"]) assert.deepEqual(rules(body, text), ["too_small"]);
});

test("a control character inside is refused wherever it stands", () => {
  fc.assert(
    fc.property(textOf(visible, 1, 20), control, textOf(visible, 1, 20), (before, bad, after) => {
      assert.deepEqual(rules(name, before + bad + after), ["invalid_format"]);
      assert.deepEqual(rules(body, before + bad + after), ["invalid_format"]);
    }),
  );
});

test("only paragraphs have line feeds and tabs", () => {
  assert.equal(body.parse("one\n\ttwo"), "one\n\ttwo");
  assert.deepEqual(rules(name, "one\ntwo"), ["invalid_format"]);
  assert.deepEqual(rules(name, "one\ttwo"), ["invalid_format"]);
});

test("a secret keeps its space", () => {
  assert.equal(secret(8, 200).parse("  spaced  "), "  spaced  ");
});

test("what the published pattern and lengths allow is accepted", () => {
  for (const schema of [name, body]) {
    const { pattern, maxLength } = z.toJSONSchema(schema);
    const allowed = new RegExp(pattern ?? "", "u");
    const any = fc.string({ unit: "binary", maxLength: 30 });
    fc.assert(
      fc.property(
        fc.oneof(any, textOf(fc.oneof(visible, control, fc.constant(" "), fc.constant("\n")), 0, 6)),
        (text) => {
          if (allowed.test(text) && [...text].length <= (maxLength ?? 0)) assert.deepEqual(rules(schema, text), []);
        },
      ),
      { numRuns: 2000 },
    );
  }
});
