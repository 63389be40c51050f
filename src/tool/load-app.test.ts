import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestProject } from "./project.fixture.ts";

const manifest = JSON.stringify({ type: "module", trivium: { app: "./app.ts" } });

const wrong = {
  "no entry": [{ "package.json": "{}" }, /^error: There is no app here: 1 problem\n.*package\.json: add "trivium"/],
  "a manifest that is no JSON": [{ "package.json": "{" }, /package\.json: it is not valid JSON/],
  "a missing module": [{ "package.json": manifest }, /"trivium" names the app \.\/app\.ts, and there is no such file/],
  "a module that throws": [
    { "package.json": manifest, "app.ts": "\nthrow new RangeError('too far');" },
    /The app cannot be loaded: 1 problem\n {2}- \.\/app\.ts cannot be loaded: RangeError: too far \(file:\/\/.*app\.ts:2\)/,
  ],
  "a module with an import that is missing": [
    { "package.json": manifest, "app.ts": "import './gone.ts';" },
    /\.\/app\.ts cannot be loaded: Error: Cannot find module .*gone\.ts/,
  ],
  "no default export": [
    { "package.json": manifest, "app.ts": "export const app = 1;" },
    /\.\/app\.ts has no default export: write `export default createApp/,
  ],
  "a default export that is no app": [
    { "package.json": manifest, "app.ts": "export default { definition: {} };" },
    /the default export of \.\/app\.ts is no app/,
  ],
  "set-up mistakes found by the module": [
    {
      "package.json": manifest,
      "app.ts": `import { SetupError } from "trivium";\nthrow new SetupError(["one thing", "another"]);`,
    },
    /^error: The app cannot start: 2 problems\n {2}- one thing\n {2}- another\n$/,
  ],
} as const;

for (const [what, [files, text]] of Object.entries(wrong)) {
  test(`${what}: the error says what to do`, async () => {
    const project = await createTestProject(files);
    try {
      const { exit, stdout, stderr } = await project.trivium("generate");
      assert.deepEqual([exit, stdout], [1, ""]);
      assert.match(stderr, text);
    } finally {
      await project.remove();
    }
  });
}

test("with --json the problems are a list", async () => {
  const project = await createTestProject({ "package.json": "{}" });
  try {
    const { exit, stderr } = await project.trivium("generate --json");
    const { title, problems } = JSON.parse(stderr);
    assert.deepEqual([exit, title, problems.length], [1, "There is no app here", 1]);
  } finally {
    await project.remove();
  }
});
