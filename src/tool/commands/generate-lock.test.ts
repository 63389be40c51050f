import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { createTestProject, notesApp, type TestProject } from "../project.fixture.ts";

const files = {
  ...notesApp,
  "app.ts": notesApp["app.ts"].replace(
    "  migrations:",
    '  lock: new URL("./contract.lock.json", import.meta.url),\n  migrations:',
  ),
};
const projects: TestProject[] = [];
let project: TestProject;
beforeEach(async () => {
  project = await createTestProject(files);
  projects.push(project);
});
after(() => Promise.all(projects.map((each) => each.remove())));

const textOf = (path: string): Promise<string> => readFile(join(project.root, path), "utf8");
const contract = (from: string, to: string): Promise<void> =>
  project.write("contract.ts", files["contract.ts"].replace(from, to));
const proto = "proto/jot/notes/v1/notes.proto";
const removed = "model Note.text: removed";

test("an app that names its lock gets one, and --check holds it to it", async () => {
  const written = await project.trivium("generate");
  assert.match(written.stdout, /^file\tchange\nasyncapi\.json\twritten\ncontract\.lock\.json\twritten\n/);
  assert.equal((await project.trivium("generate --check")).exit, 0);
  await rm(join(project.root, "contract.lock.json"));
  const { exit, stdout } = await project.trivium("generate --check");
  assert.deepEqual([exit, stdout.split("\n")[1]], [1, "contract.lock.json\tmissing\t\t\t"]);
});

test("an addition in front of others is drift, not a break, and changes no number", async () => {
  await project.trivium("generate");
  await contract("{ id: z.uuid(), text", "{ at: z.string(), id: z.uuid(), text");
  const { stdout } = await project.trivium("generate --check --json");
  assert.deepEqual(
    JSON.parse(stdout).map(({ file, state }: Record<string, string>) => `${file} ${state}`),
    ["contract.lock.json different", "openapi.json different", `${proto} different`],
  );
  assert.equal((await project.trivium("generate")).exit, 0);
  const text = await textOf(proto);
  for (const field of ["id = 1", "text = 2", "at = 3"]) assert.ok(text.includes(`optional string ${field};`), text);
});

test("a breaking change is refused by its name, with who breaks and how to accept it; nothing is written", async () => {
  await project.trivium("generate");
  const before = await Promise.all(["contract.lock.json", "openapi.json", proto].map(textOf));
  await contract(", text: z.string()", "");
  for (const command of ["generate", "generate --check"]) {
    const { exit, stdout, stderr } = await project.trivium(command);
    assert.equal(exit, 1);
    assert.equal(stdout, `change\tside\tbreaks\n${removed}\tcontract\treaders miss what was always there\n`);
    assert.match(stderr, /^error: 1 change breaks who relies on the contracts\nhint: /);
    assert.ok(stderr.endsWith(`\n  trivium generate --accept '${removed}'\n`), stderr);
  }
  const { stdout } = await project.trivium("generate --check --json");
  assert.deepEqual(JSON.parse(stdout), [
    { change: removed, side: "contract", breaks: "readers miss what was always there" },
  ]);
  assert.deepEqual(await Promise.all(["contract.lock.json", "openapi.json", proto].map(textOf)), before);
});

test("accepted by its name it is made and recorded, and --check passes", async () => {
  await project.trivium("generate");
  await contract(", text: z.string()", "");
  const slip = await project.trivium("generate", { more: ["--accept", "model Note.txt: removed"] });
  assert.deepEqual([slip.exit, slip.stdout], [1, ""]);
  assert.match(slip.stderr, /^error: There is no breaking change 'model Note\.txt: removed'\n/);
  const accepted = await project.trivium("generate", { more: ["--accept", removed] });
  assert.equal(accepted.exit, 0, accepted.stderr);
  assert.deepEqual(JSON.parse(await textOf("contract.lock.json")).accepted, [{ change: removed, version: "2.0.0" }]);
  assert.match(await textOf(proto), /reserved 2;\n {2}reserved "text";/);
  assert.equal((await project.trivium("generate --check")).exit, 0);
});

test("a rename keeps the number", async () => {
  await project.trivium("generate");
  await contract("text: z.string()", "body: z.string()");
  const more = ["--rename", "jot.notes.v1.Note.text=body", "--accept", removed];
  const { exit, stderr } = await project.trivium("generate", { more });
  assert.equal(exit, 0, stderr);
  assert.match(await textOf(proto), /optional string body = 2;/);
  const unknown = await project.trivium("generate --rename Note.text=body");
  assert.equal(unknown.exit, 1);
  assert.match(unknown.stderr, /^error: There is no rename 'Note\.text: renamed to body'\nhint: .*package/);
  const wrong = await project.trivium("generate --rename text");
  assert.deepEqual([wrong.exit, wrong.stderr.includes("write a rename as")], [1, true]);
});

test("--check --against an older lock finds what the committed one was made to forget", async () => {
  await project.trivium("generate");
  await project.write("base.json", await textOf("contract.lock.json"));
  await contract(", text: z.string()", "");
  await rm(join(project.root, "contract.lock.json"));
  await project.trivium("generate");
  assert.equal((await project.trivium("generate --check")).exit, 0);
  const { exit, stdout } = await project.trivium("generate --check --against base.json");
  assert.equal(exit, 1);
  assert.match(stdout, /\nmodel Note\.text: removed\t/);
  assert.match(stdout, /\njot\.notes\.v1\.Note\.text: number 2 given up and not reserved\t/);
  await project.write("merged.json", "<<<<<<< HEAD\n{}\n");
  const merged = await project.trivium("generate --check --against merged.json");
  assert.match(merged.stderr, /The older lock cannot be used.*a merge has left its marks/s);
  const missing = await project.trivium("generate --check --against nowhere.json");
  assert.match(missing.stderr, /^error: ENOENT/);
});

test("--accept and --rename write, --against only checks: mixed they are refused", async () => {
  for (const flags of ["--check --accept x", "--check --rename a.b=c", "--against base.json"]) {
    const { exit, stderr } = await project.trivium(`generate ${flags}`);
    assert.deepEqual([exit, stderr.startsWith("error: ")], [2, true], stderr);
  }
  assert.ok(!existsSync(join(project.root, "contract.lock.json")));
});
