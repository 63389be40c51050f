import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { AppError } from "../../core/app-error.ts";
import { type InputParts, inputDecoder, type RawInput } from "./codec.ts";
import { createNotesApp } from "./notes.fixture.ts";

const operations = new Map(createNotesApp().registry.operations.map((operation) => [operation.name, operation]));

function operation(name: string): RegisteredOperation {
  const found = operations.get(name);
  if (found === undefined) assert.fail(`the fixture has no ${name}`);
  return found;
}

function decode(name: string, parts: Partial<InputParts>): RawInput {
  return inputDecoder(operation(name))({ params: {}, query: "", body: undefined, ...parts });
}

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  assert.fail("was not refused");
}

const text = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

test("path and body fill the input together, the path by its schema's type", () => {
  const input = decode("attach", { params: { id: "a", number: "3" }, body: text({ content: "AAAA" }) });
  assert.deepEqual(input, { id: "a", number: 3, content: "AAAA" });
});

test("no body and an empty one are an empty object", () => {
  assert.deepEqual(decode("create", {}), {});
  assert.deepEqual(decode("create", { body: Buffer.alloc(0) }), {});
});

test("of two equal keys of one JSON text the last counts", () => {
  assert.deepEqual(decode("create", { body: text('{"text":"a","text":"b"}') }), { text: "b" });
});

test("a field given twice is refused, wherever it was given", () => {
  const repeated = (parts: Partial<InputParts>, name: string): unknown => {
    const error = refusal(() => decode(name, parts));
    assert.equal(error.reason, "VALIDATION_FAILED");
    return error.violations?.map(({ path, rule }) => `${path} ${rule}`);
  };
  assert.deepEqual(repeated({ params: { id: "a" }, body: text({ id: "a" }) }, "edit"), ["id repeated"]);
  assert.deepEqual(repeated({ params: { id: "a" }, query: "id=a" }, "get"), ["id repeated"]);
  assert.deepEqual(repeated({ params: { id: "a" }, query: "id=a" }, "edit"), ["id repeated"]);
  assert.deepEqual(repeated({ query: "text=a", body: text({ text: "a" }) }, "create"), ["text repeated"]);
  assert.deepEqual(repeated({ query: "limit=1&x=1&limit=2&x=2&x=3" }, "list"), ["limit repeated", "x repeated"]);
});

test("a query string beside a body is refused by name", () => {
  const error = refusal(() => decode("create", { query: "kind=public&b=1", body: text({ text: "a" }) }));
  assert.deepEqual(
    error.violations?.map(({ path, rule }) => `${path} ${rule}`),
    ["b unknown_field", "kind unknown_field"],
  );
});

test("query parameters are decoded, converted, and gathered into lists", () => {
  const input = decode("list", { query: "limit=5&tags=1&archived=true&tags=x&kind=public&&cursor=a%2Bb+c&ratio=" });
  assert.deepEqual(input, {
    limit: 5,
    tags: [1, "x"],
    archived: true,
    kind: "public",
    cursor: "a+b c",
    ratio: "",
    ids: [],
  });
});

test("a required list that no parameter names is empty, an optional one absent", () => {
  const input = decode("list", {});
  assert.deepEqual(input.ids, []);
  assert.equal("tags" in input, false);
});

test("percent-encoding that is no UTF-8 is refused", () => {
  for (const query of ["cursor=%", "cursor=%zz", "cursor=%ff", "%ed%a0%80=1"])
    assert.equal(refusal(() => decode("list", { query })).reason, "MALFORMED_REQUEST");
});

test("names of Object's prototype are ordinary fields and pollute nothing", () => {
  const query = "__proto__=1&constructor=2&toString=3&hasOwnProperty=4";
  const input = decode("list", { query });
  assert.deepEqual(Object.keys(input), ["__proto__", "constructor", "toString", "hasOwnProperty", "ids"]);
  assert.equal(Object.getPrototypeOf(input), Object.prototype);
  const body = decode("create", {
    body: text('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  });
  assert.deepEqual(Object.keys(body), ["__proto__", "constructor"]);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(refusal(() => decode("list", { query: "__proto__=1&__proto__=2" })).violations?.[0]?.path, "__proto__");
});

test("what is not one JSON object in UTF-8 is malformed", () => {
  const bodies = ["{", "nul", "[]", "null", "1", '"a"', '{"a":1}{"b":2}', "\ufeff{}", "{'a':1}", '{"a":NaN}', "   "];
  for (const body of bodies)
    assert.equal(refusal(() => decode("create", { body: text(body) })).reason, "MALFORMED_BODY", body);
  const invalid = Buffer.concat([text('{"text":"'), Buffer.from([0xff]), text('"}')]);
  assert.equal(refusal(() => decode("create", { body: invalid })).reason, "MALFORMED_BODY");
});

test("a body of brackets only overflows no stack", () => {
  assert.equal(refusal(() => decode("create", { body: Buffer.alloc(1024 * 1024, "[") })).reason, "MALFORMED_BODY");
  const deep = `{"extra":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.equal(Array.isArray(decode("create", { body: text(deep) }).extra), true);
});

test("a body where the method has none is refused", () => {
  assert.equal(refusal(() => decode("remove", { params: { id: "a" }, body: text("{}") })).reason, "MALFORMED_BODY");
});

test("every input that a query string can hold comes back as it was", () => {
  const value = fc.record(
    {
      limit: fc.integer(),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      archived: fc.boolean(),
      kind: fc.constantFrom("private", "public", null),
      tags: fc.array(fc.integer(), { minLength: 1 }),
      ids: fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }),
      cursor: fc.string({ unit: "grapheme" }),
    },
    { requiredKeys: ["ids"] },
  );
  fc.assert(
    fc.property(value, (input) => {
      const search = new URLSearchParams();
      for (const [name, field] of Object.entries(input))
        for (const item of Array.isArray(field) ? field : [field]) search.append(name, String(item));
      assert.deepEqual(decode("list", { query: search.toString() }), { ...input });
    }),
  );
});

test("no query string and no body does anything but be read or be refused by an AppError", () => {
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.webQueryParameters(), fc.json());
  fc.assert(
    fc.property(anyText, (query) => {
      for (const name of ["list", "create"]) {
        for (const parts of [{ query }, { body: Buffer.from(query) }]) {
          try {
            decode(name, parts);
          } catch (error) {
            assert.ok(error instanceof AppError, String(error));
          }
        }
      }
    }),
  );
});
