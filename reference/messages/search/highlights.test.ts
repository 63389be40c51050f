import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { highlightsOf } from "./highlights.ts";
import { parseSearch } from "./query.ts";

/** The excerpts with what was searched for between square brackets. */
function shown(body: string, q: string): string[] {
  return highlightsOf(body, parseSearch(q)).map(({ parts }) =>
    parts.map(({ text, match }) => (match ? `[${text}]` : text)).join(""),
  );
}

test("words are shown whole and folded, phrases as one, exclusions not at all", () => {
  assert.deepEqual(shown("Red owls and a red Öwl.", "red owl -owls"), ["[Red] owls and a [red] [Öwl]."]);
  assert.deepEqual(shown("green - tea, green, tea leaf", '"green tea" or leaf'), [
    "[green - tea], [green, tea] [leaf]",
  ]);
  assert.deepEqual(shown("a b a b c", '"a b" "a b c"'), ["[a b] [a b c]"]);
  assert.deepEqual(shown("東京都と京都", "京都"), ["東[京都]と[京都]"]);
  assert.deepEqual(shown("mail ann@example.org now", "ann@example.org"), ["mail [ann@example.org] now"]);
  assert.deepEqual(shown("nothing", "owl"), []);
});

test("of a long text at most three excerpts are shown, around what was searched for, between words", () => {
  const filler = "lorem ipsum dolor ".repeat(30);
  const [first = "", second = "", ...more] = shown(`${filler}owl ${filler}owl ${filler}`, "owl");
  assert.deepEqual(more, []);
  for (const excerpt of [first, second]) {
    assert.match(excerpt, /^(lorem|ipsum|dolor) .* \[owl\] .* (lorem|ipsum|dolor)$/);
    assert.ok(excerpt.length <= 2 * 60 + "[owl]".length, `${excerpt.length}`);
  }
  assert.equal(shown(`owl ${filler}`.repeat(5), "owl").length, 3);
  assert.equal(shown("owl ".repeat(1000), "owl").length, 3);
  assert.deepEqual(shown(`${"😀".repeat(100)} owl`, "owl")[0]?.isWellFormed(), true);
});

test("excerpts are pieces of the text in its order; every part that is marked is one of the words", () => {
  const bodies = fc
    .array(fc.oneof(fc.constantFrom("owl", "Öwl", "東京", " ", "-", "<b>", "\n"), fc.string({ unit: "grapheme" })), {
      maxLength: 200,
    })
    .map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(bodies, (body) => {
      let position = 0;
      for (const { parts } of highlightsOf(body, parseSearch("owl or 東京"))) {
        const text = parts.map((part) => part.text).join("");
        const start = body.indexOf(text, position);
        assert.ok(start >= position && text !== "" && text.isWellFormed());
        position = start + text.length;
        const marked = parts.filter(({ match }) => match);
        assert.ok(marked.length > 0);
        for (const part of marked) assert.match(part.text.normalize("NFKD"), /^(o\u0308?wl|東\P{L}*京)$/iu);
      }
    }),
  );
});
