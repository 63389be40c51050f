import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf, withOutputs } from "./document.ts";

const document = `# Tour

<!-- start -->
\`\`\`sh
npm start
\`\`\`
\`\`\`text
ready
\`\`\`

\`\`\`ts
const notRun = 1;
\`\`\`

<!-- exit: 5 -->
<!-- eventually -->
\`\`\`sh
curl one
curl two
\`\`\`

It answers

\`\`\`json
{}
\`\`\`

<!-- skip: it would install again -->
\`\`\`sh
npm install
\`\`\`

\`\`\`text
belongs to nothing
\`\`\`

<!-- stop -->
`;

test("commands, markers and the outputs beneath are read in order", () => {
  const steps = stepsOf(document).map(({ expected, ...step }) => ({ ...step, expected: expected?.text }));
  assert.deepEqual(steps, [
    { kind: "start", line: 4, command: "npm start", exit: 0, eventually: false, expected: "ready" },
    { kind: "run", line: 17, command: "curl one\ncurl two", exit: 5, eventually: true, expected: "{}" },
    { kind: "stop", line: 37, command: "", exit: 0, eventually: false, expected: undefined },
  ]);
});

test("outputs are replaced in place", () => {
  const [start, run] = stepsOf(document);
  assert.ok(start?.expected && run?.expected);
  const written = withOutputs(
    document,
    new Map([
      [start.expected, "one\ntwo"],
      [run.expected, "[]"],
    ]),
  );
  assert.equal(written, document.replace("ready", "one\ntwo").replace("{}", "[]"));
});

test("what is out of place is refused with its line", () => {
  assert.throws(() => stepsOf("```sh\nls"), /line 1: the block is never closed/);
  assert.throws(() => stepsOf("<!-- skip -->\n```sh\nls\n```"), /line 1: skip needs a reason/);
  assert.throws(() => stepsOf("<!-- exit: no -->\n```sh\nls\n```"), /line 1: exit needs a number/);
  assert.throws(() => stepsOf("<!-- start -->\n```text\nls\n```"), /line 2: a marker is above a block that is not sh/);
  assert.throws(() => stepsOf("<!-- start -->"), /the last marker is above no block/);
});
