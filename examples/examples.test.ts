// Runs every example as a reader would, and compares what it prints with the comment at its end.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
const examples = globSync("*.ts", { cwd: import.meta.dirname }).filter((name) => !name.endsWith(".test.ts"));

test("there are examples", () => assert.ok(examples.length >= 3));

for (const name of examples) {
  test(name, async () => {
    const file = join(import.meta.dirname, name);
    const [, comment] = readFileSync(file, "utf8").split("\n// Prints:\n");
    assert.ok(comment !== undefined, "it ends with a comment that says what it prints");
    const expected = comment.trimEnd().replaceAll(/^\/\/ ?/gm, "");
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file]);
    assert.equal(stdout.trimEnd(), expected);
  });
}
