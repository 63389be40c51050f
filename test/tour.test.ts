// Plays README.md and every page of docs/ from top to bottom, as a reader would, and compares what is seen.
//
// The format. Each document has a fresh data folder, home directory and ports; the documented ports 8080, 9090 and 9100
// are replaced by the real ones in commands, and back in outputs.
//
//   ```sh                      runs in one bash session for the whole document: variables are kept. Every command must
//                              succeed; bash's own options are untouched, standard input is empty.
//   ```text (json, http, proto)  as the next block below: the output of both streams that the commands above must have.
//                              Ids, tokens, times and durations may differ (test/tour/compare.ts), but an id that is
//                              shown twice must come twice. … stands for any text of a line; alone, for any lines.
//   <!-- start -->             above a block: it is a server, started in the background; the document goes on when it is
//                              ready. The lines beneath must be among those that it prints, in their order.
//   <!-- stop -->              Ctrl-C for that server. It must end within 20 s.
//   <!-- exit: 5 -->           above a block: its last command must end with this code.
//   <!-- eventually -->        above a block: it is repeated until its output is right, for ten seconds.
//   <!-- skip: the reason -->  above a block: it is not run.
//
// UPDATE_DOCS=1 writes the real output into every block that differs.

import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { type Expected, type Step, stepsOf, withOutputs } from "./tour/document.ts";
import { openPlayer } from "./tour/player.ts";

const root = resolve(import.meta.dirname, "..");
const update = process.env.UPDATE_DOCS === "1";

const documents = globSync(["README.md", "docs/*.md"], { cwd: root }).toSorted();

test("the README and the tour are among the documents", () => {
  for (const path of ["README.md", "docs/tour.md"]) {
    assert.ok(documents.includes(path), path);
    assert.ok(stepsOf(readFileSync(join(root, path), "utf8")).length > 0, `${path} has no command`);
  }
});

for (const path of documents) {
  const file = join(root, path);
  const markdown = readFileSync(file, "utf8");
  const steps = stepsOf(markdown);
  if (steps.length === 0) continue;
  test(path, async (t) => {
    const outputs = new Map<Expected, string>();
    const player = await openPlayer();
    let failed = false;
    try {
      for (const step of steps)
        await t.test(nameOf(step), { skip: failed ? "a step above failed" : false }, async () => {
          failed = true;
          const { output, failure, difference } = await player.play(step);
          if (failure !== undefined) assert.fail(failure);
          if (update && difference !== undefined && step.expected !== undefined) outputs.set(step.expected, output);
          else if (difference !== undefined) assert.fail(difference);
          failed = false;
        });
    } finally {
      await player.close();
    }
    if (outputs.size > 0) writeFileSync(file, withOutputs(markdown, outputs));
  });
}

function nameOf({ kind, line, command }: Step): string {
  const [first = ""] = command.split("\n");
  return kind === "stop" ? `line ${line}: Ctrl-C` : `line ${line}: ${first}`;
}
