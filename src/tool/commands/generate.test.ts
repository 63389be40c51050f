import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { createTestProject, notesApp, type TestProject } from "../project.fixture.ts";

const proto = "proto/jot/notes/v1/notes.proto";
const projects: TestProject[] = [];
let project: TestProject;
beforeEach(async () => {
  project = await createTestProject(notesApp);
  projects.push(project);
});
after(() => Promise.all(projects.map((each) => each.remove())));

const textOf = (path: string): Promise<string> => readFile(join(project.root, path), "utf8");

test("it writes the API's documents beside package.json, from any folder of the project", async () => {
  const { exit, stdout, stderr } = await project.trivium("generate", { folder: "migrations" });
  assert.equal(stdout, `file\tchange\nasyncapi.json\twritten\nopenapi.json\twritten\n${proto}\twritten\n`);
  assert.deepEqual([exit, stderr], [0, "3 files are up to date\n"]);
  const { info, paths } = JSON.parse(await textOf("openapi.json"));
  assert.deepEqual([info.title, info.version, Object.keys(paths)], ["jot", "2.0.0", ["/v1/notes/{id}"]]);
  assert.match(await textOf(proto), /rpc Read\(ReadRequest\) returns \(Note\);/);
});

test("--check is silent after it, and names every missing, different and stale file without touching one", async () => {
  await project.trivium("generate");
  const fine = await project.trivium("generate --check --json");
  assert.deepEqual(fine, { exit: 0, stdout: "[]\n", stderr: "3 files are up to date\n" });

  await rm(join(project.root, "openapi.json"));
  const edited = (await textOf(proto)).replace("Read(ReadRequest)", "Look(ReadRequest)");
  await project.write(proto, edited);
  await project.write("proto/jot/old/v1/old.proto", 'syntax = "proto3";\n');
  const { exit, stdout, stderr } = await project.trivium("generate --check --json");
  assert.equal(exit, 1);
  const line = edited.split("\n").findIndex((text) => text.includes("Look")) + 1;
  assert.deepEqual(JSON.parse(stdout), [
    { file: "openapi.json", state: "missing" },
    {
      file: proto,
      state: "different",
      line,
      expected: "  rpc Read(ReadRequest) returns (Note);",
      found: "  rpc Look(ReadRequest) returns (Note);",
    },
    { file: "proto/jot/old/v1/old.proto", state: "stale" },
  ]);
  assert.equal(stderr, "error: 3 files are not up to date\nhint: Run `trivium generate`.\n");
  assert.equal(await textOf(proto), edited);
  assert.ok(!existsSync(join(project.root, "openapi.json")));
});

test("it removes stale .proto files with the folders they leave empty, and nothing else", async () => {
  await project.write("proto/jot/old/v1/old.proto", "");
  await project.write("proto/README.md", "ours");
  const { exit, stdout } = await project.trivium("generate");
  assert.equal(exit, 0);
  assert.match(stdout, /proto\/jot\/old\/v1\/old\.proto\tremoved\n/);
  assert.ok(!existsSync(join(project.root, "proto/jot/old")));
  assert.equal(await textOf("proto/README.md"), "ours");
});

test("a change of the contracts is drift; a change of line ends is not", async () => {
  await project.trivium("generate");
  await writeFile(join(project.root, proto), (await textOf(proto)).replaceAll("\n", "\r\n"));
  assert.equal((await project.trivium("generate --check")).exit, 0);
  await project.write("contract.ts", notesApp["contract.ts"].replace("Read a note", "Read one note"));
  const { exit, stdout } = await project.trivium("generate --check");
  assert.equal(exit, 1);
  assert.deepEqual(
    stdout.split("\n").map((row) => row.split("\t").slice(0, 2)),
    [["file", "state"], ["openapi.json", "different"], [proto, "different"], [""]],
  );
});

test("an app that cannot start is refused with its list, and nothing is written", async () => {
  const text = notesApp["contract.ts"].replace("/notes/{id}", "/notes/{key}");
  await project.write("contract.ts", text);
  const { exit, stderr } = await project.trivium("generate");
  assert.equal(exit, 1);
  assert.match(stderr, /^error: The app jot cannot start: \d+ problems?\n {2}- .*key/);
  assert.ok(!existsSync(join(project.root, "openapi.json")));
});

test("a file that cannot be written is an error in plain words", async () => {
  await project.write("openapi.json/in-the-way", "");
  const { exit, stderr } = await project.trivium("generate");
  assert.equal(exit, 1);
  assert.match(stderr, /^error: EISDIR: [^\n]*\n$/);
});
