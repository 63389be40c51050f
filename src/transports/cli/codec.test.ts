import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeInput } from "./codec.ts";
import { notes, registry, runNotes } from "./fixture/notes.fixture.ts";
import { inputFlags } from "./flags.ts";

const stdin = (async function* () {})();
const { fields } = inputFlags(notes.write);

const textValue = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("-", "--json", "--", "null", "true", "1", "", "@x", "=", "-1", "--text"),
);

/** An input of the fixture's operation that flags can carry; not all of them pass its schema. */
const carried = fc.record(
  {
    text: textValue,
    count: fc.integer(),
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    private: fc.boolean(),
    shared: fc.option(fc.boolean()),
    topic: fc.option(textValue),
    kind: fc.constantFrom("draft", "final"),
    tags: fc.array(textValue, { minLength: 1 }),
    numbers: fc.array(fc.integer()),
    noReply: textValue,
    version: fc.integer(),
  },
  { requiredKeys: ["numbers"] },
);

/** The flags of an input, each in one of the forms that mean the same. */
function argsOf(input: Readonly<Record<string, unknown>>, joined: boolean): string[] {
  return Object.entries(input).flatMap(([name, value]) => {
    const field = fields.find((each) => each.name === name);
    assert.ok(field !== undefined);
    const { flag, negation, clearing } = field;
    if (value === null) return [clearing ?? assert.fail(name)];
    if (negation !== undefined && !joined) return [value === true ? flag : negation];
    return [value].flat().flatMap((item) => (joined ? [`${flag}=${item}`] : [flag, String(item)]));
  });
}

test("flags and --input say the same: each input comes back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(carried, fc.boolean(), async (input, joined) => {
      const seen: unknown[] = [];
      const caller = {
        async run({ input }: { readonly input: unknown }) {
          seen.push(input);
          return { ok: true as const, requestId: "1", value: { saw: null } };
        },
      };
      const open = async () => ({ caller, close: async () => undefined });
      const byFlags = await runNotes(["notes", "write", ...argsOf(input, joined)], { open });
      const byInput = await runNotes(["notes", "write", "--input", "-"], { open, stdin: JSON.stringify(input) });
      assert.deepEqual([byFlags.exit, byInput.exit], [0, 0], byFlags.stderr + byInput.stderr);
      const normal = JSON.parse(JSON.stringify(input));
      assert.deepEqual(seen, [normal, normal]);
    }),
    { numRuns: 150 },
  );
});

test("a text that is no number or boolean stays text, so that validation names it", async () => {
  const flags = [
    ["count", "many"],
    ["private", "maybe"],
    ["numbers", "1"],
    ["numbers", "x"],
  ] as const;
  const input = await decodeInput(inputFlags(notes.write), { flags, inputs: [] }, stdin);
  assert.deepEqual(input, { count: "many", private: "maybe", numbers: [1, "x"] });
});

test("a needed list that no flag names is empty, but one that an --input leaves out is missing", async () => {
  const flags = inputFlags(notes.write);
  assert.deepEqual(await decodeInput(flags, { flags: [], inputs: [] }, stdin), { numbers: [] });
  assert.deepEqual(await decodeInput(flags, { flags: [], inputs: ["{}"] }, stdin), {});
});

test("every field of every operation is a flag or is named as one that only --input carries", () => {
  for (const { contract } of registry.operations) {
    const { fields: known, others } = inputFlags(contract);
    assert.deepEqual(
      [...known.map(({ name }) => name), ...others].toSorted(),
      Object.keys(contract.input.shape).toSorted(),
    );
  }
});
