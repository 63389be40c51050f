import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestProject, notesApp, type TestProject } from "./project.fixture.ts";

let project: TestProject;
before(async () => {
  project = await createTestProject(notesApp);
});
after(() => project.remove());

const commands = [
  ["--help", /generate.*migrate.*events.*version/s],
  ["help migrate", /up .*status .*new <name>/s],
  ["migrate new --help", /Usage: trivium migrate new <name> \[flags\].*Example:\n {2}trivium migrate new/s],
  ["events dead --help", /list .*show <consumer> <stream> <key>/s],
  ["generate --help", /--check.*Example:\n {2}trivium generate --check/s],
] as const;

for (const [args, help] of commands) {
  test(`\`${args}\` is help on stdout`, async () => {
    const { exit, stdout, stderr } = await project.trivium(args);
    assert.deepEqual([exit, stderr], [0, ""]);
    assert.match(stdout, help);
  });
}

test("a command named only half prints its help on stderr and is a usage error", async () => {
  const { exit, stdout, stderr } = await project.trivium("migrate");
  assert.deepEqual([exit, stdout], [2, ""]);
  assert.match(stderr, /Usage: trivium migrate <command>/);
});

const refused = [
  [
    "genrate",
    "error: There is no command genrate (VALIDATION_FAILED)\nhint: Did you mean generate? See `trivium --help`.",
  ],
  [
    "migrate statsu",
    "error: There is no command statsu (VALIDATION_FAILED)\nhint: Did you mean status? See `trivium migrate --help`.",
  ],
  [
    "generate --chekc",
    "error: There is no flag --chekc (VALIDATION_FAILED)\nhint: Did you mean --check? See `trivium generate --help`.",
  ],
  ["migrate new", "error: <name> is missing (VALIDATION_FAILED)\nhint: See `trivium migrate new --help`."],
  ["migrate up now", "error: There is a word too many (VALIDATION_FAILED)\nhint: See `trivium migrate up --help`."],
  [
    "events dead list --limit 0",
    "error: The flag --limit is not right (VALIDATION_FAILED)\n  --limit: Must be a whole number from 1 to 10000",
  ],
] as const;

for (const [args, text] of refused) {
  test(`\`${args}\` is refused with a hint`, async () => {
    assert.deepEqual(await project.trivium(args), { exit: 2, stdout: "", stderr: `${text}\n` });
  });
}

test("with --json a refusal is a problem object", async () => {
  const { exit, stderr } = await project.trivium("generate --json --chekc");
  assert.equal(exit, 2);
  assert.equal(JSON.parse(stderr).reason, "VALIDATION_FAILED");
});

test("the version is that of the package", async () => {
  const { stdout } = await project.trivium("version");
  assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
});
