import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { writeText } from "./outlet.ts";
import { escaped, printable, printableJson } from "./printable.ts";
import { alignedRecord, alignedTable, compactLine, tabSeparated } from "./table.ts";
import { textWidth } from "./width.ts";

test("wide characters take two columns, joined marks none, and the columns of a table stand beneath each other", () => {
  assert.equal(textWidth("日本語"), 6);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(textWidth("👩‍👩‍👧‍👦👍🏽🇫🇷"), 6);
  assert.equal(textWidth("ﾊﾝｶｸ"), 4);
  const table = alignedTable(
    {
      columns: ["name", "n"],
      rows: [
        { name: "日本", n: 1 },
        { name: "ab\u0301", n: null },
      ],
    },
    false,
  );
  assert.equal(table, "name  n\n日本  1\nab\u0301\n");
});

test("the width of every assigned character is the one that Node's own line editor counts", (t) => {
  const editor = createInterface({ input: new PassThrough(), output: new PassThrough(), prompt: "", terminal: true });
  t.after(() => editor.close());
  const differing: string[] = [];
  for (let code = 0x20; code < 0x32000; code++) {
    const character = String.fromCodePoint(code);
    if (/[\p{Cn}\p{Co}\p{Cs}\p{Cc}\p{M}\p{Cf}]/u.test(character)) continue;
    if (character.normalize("NFC") !== character) continue; // the editor counts the normal form
    Object.assign(editor, { line: character, cursor: character.length }); // the line as if it had been typed
    if (editor.getCursorPos().cols !== textWidth(character)) differing.push(code.toString(16));
  }
  assert.deepEqual(differing, []);
});

test("nothing that a terminal obeys is left, and escaped text can be had back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.match(printable(text), /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
      const back = escaped(text).replace(/\\(\\|n|t|r|x..|u....)/g, (_, code: string) =>
        code === "\\" ? "\\" : JSON.parse(`"\\${code.replace(/^x/, "u00")}"`),
      );
      assert.equal(back, text);
      assert.deepEqual(JSON.parse(printableJson(JSON.stringify([text]))), [text]);
    }),
  );
});

test("a tab-separated line has as many fields as the heading, whatever is in them", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ a: fc.string({ unit: "binary" }), b: fc.json() })), (rows) => {
      const lines = tabSeparated({ columns: ["a", "b"], rows }).split("\n");
      assert.equal(lines.length, rows.length + 2);
      for (const line of lines.slice(0, -1)) assert.equal(line.split("\t").length, 2);
    }),
  );
});

test("names of columns that come with the values are shown as safely as these", () => {
  const name = "a\u001b[2J\tb\nc";
  const rows = { columns: [name], rows: [{ [name]: 1 }] };
  assert.equal(alignedTable(rows, false), "a\\x1b[2J\\tb\\nc\n1\n");
  assert.equal(alignedRecord(rows, false), "a\\x1b[2J\\tb\\nc  1\n");
  assert.equal(compactLine(rows, false), "a\\x1b[2J\\tb\\nc=1\n");
  assert.equal(tabSeparated(rows), "a\\x1b[2J\\tb\\nc\n1\n");
});

test("an output that cannot be written is an error, one that nobody reads is none", async () => {
  const failing = (code: string) => ({
    write: (_: string, done?: (error: Error) => void) => done?.(Object.assign(new Error(code), { code })),
  });
  await writeText(failing("EPIPE"), "text");
  await assert.rejects(writeText(failing("ENOSPC"), "text"), { code: "ENOSPC" });
});
