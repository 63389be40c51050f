import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createEmbeddedDatabase } from "../../adapters/embedded/index.ts";
import { startPostgres, type TestDatabase, type TestPostgres } from "../../testing/postgres/start-postgres.ts";
import { createTestProject, notesApp, type TestProject } from "../project.fixture.ts";

let server: TestPostgres;
let onServer: TestDatabase;
const projects: TestProject[] = [];
before(async () => {
  server = await startPostgres();
  onServer = await server.createDatabase();
});
after(async () => {
  await Promise.all(projects.map((each) => each.remove()));
  await onServer.drop();
  await server.stop();
});

async function newProject(files: Readonly<Record<string, string>> = notesApp): Promise<TestProject> {
  const project = await createTestProject(files);
  projects.push(project);
  return project;
}

/** Ledger, number and state of each row. */
function statesIn(stdout: string): string[] {
  const rows: { ledger: string; number: number; state: string }[] = JSON.parse(stdout);
  return rows.map(({ ledger, number, state }) => `${ledger} ${number} ${state}`);
}

test("status, up and new take a server's database from nothing to what the code needs", async () => {
  const project = await newProject();
  const run = (args: string) => project.trivium(args, { env: { DATABASE_URL: onServer.url }, folder: "migrations" });

  const before = await run("migrate status --check --json");
  assert.equal(before.exit, 1);
  assert.ok(statesIn(before.stdout).includes("app 1 pending"), before.stdout);
  assert.ok(statesIn(before.stdout).every((row) => row.endsWith("pending")));

  const up = await run("migrate up --json");
  assert.equal(up.exit, 0, up.stderr);
  assert.deepEqual(
    statesIn(up.stdout),
    statesIn(before.stdout).map((row) => row.replace("pending", "applied")),
  );
  assert.deepEqual(await run("migrate up --json"), { exit: 0, stdout: "[]\n", stderr: "nothing was pending\n" });
  assert.equal((await run("migrate status --check")).exit, 0);

  const made = await run("migrate new add_pages");
  assert.deepEqual([made.exit, made.stdout], [0, "file\n0002_add_pages.sql\n"]);
  const later = await run("migrate status");
  assert.equal(later.exit, 0);
  assert.match(later.stdout, /^ledger\tnumber\tname\tstate\tappliedAt\n.*app\t2\tadd_pages\tpending\t\n$/s);

  await project.write("migrations/0001_notes.sql", "create table other ();\n");
  const refused = await run("migrate up");
  assert.equal(refused.exit, 1);
  assert.match(refused.stderr, /app 0001_notes was changed after it was applied/);
  assert.ok(!existsSync(join(project.root, ".trivium")));
});

test("without DATABASE_URL it is the embedded database below the project's root, from any folder", async () => {
  const project = await newProject();
  const up = await project.trivium("migrate up --json", { folder: "migrations" });
  assert.equal(up.exit, 0, up.stderr);
  assert.ok(statesIn(up.stdout).includes("app 1 applied"));
  assert.ok(existsSync(join(project.root, ".trivium/data")));
  assert.equal((await project.trivium("migrate status --check")).exit, 0);
});

test("a data folder that a running process owns is an error that names the process", async () => {
  const project = await newProject();
  const database = await createEmbeddedDatabase({ folder: join(project.root, ".trivium/data") });
  try {
    const { exit, stderr } = await project.trivium("migrate up");
    assert.equal(exit, 1);
    assert.match(stderr, new RegExp(`^error: .*\\.trivium/data is in use by process ${process.pid}`, "s"));
  } finally {
    await database.close();
  }
});

test("a configuration that is not valid is an error that names the variable", async () => {
  const { exit, stderr } = await (await newProject()).trivium("migrate status", { env: { DATABASE_POOL_MAX: "many" } });
  assert.equal(exit, 1);
  assert.match(stderr, /DATABASE_POOL_MAX: found "many"/);
});

test("a name of a migration that is no name is refused", async () => {
  const { exit, stderr } = await (await newProject()).trivium("migrate new Add-Pages");
  assert.equal(exit, 1);
  assert.match(stderr, /"Add-Pages": a name is made of/);
});

test("new: an app without a folder of migrations is told how to name one", async () => {
  const app = notesApp["app.ts"].replace(/^ {2}migrations:.*\n/m, "");
  const { exit, stderr } = await (await newProject({ ...notesApp, "app.ts": app })).trivium("migrate new first");
  assert.equal(exit, 1);
  assert.match(stderr, /\.\/app\.ts: add `migrations: new URL/);
});
