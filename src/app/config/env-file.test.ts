import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

/** What a process whose folder holds this `.env` prints: the file it read, and two variables. */
function readIn(t: TestContext, content: string | undefined, env: Record<string, string>): unknown {
  const directory = mkdtempSync(join(tmpdir(), "trivium-env-"));
  t.after(() => rmSync(directory, { recursive: true }));
  if (content === undefined) mkdirSync(join(directory, ".env"));
  else writeFileSync(join(directory, ".env"), content);
  const source = `
    import { loadDevelopmentEnvFile } from ${JSON.stringify(new URL("./env-file.ts", import.meta.url).href)};
    let found;
    try { found = loadDevelopmentEnvFile(${JSON.stringify(directory)}) !== undefined; } catch (e) { found = e.problems; }
    console.log(JSON.stringify([found, process.env.HTTP_PORT, process.env.LOG_LEVEL]));`;
  const args = [
    "--conditions=trivium-source",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "-e",
    source,
  ];
  return JSON.parse(spawnSync(process.execPath, args, { encoding: "utf8", env }).stdout);
}

test("development reads .env, and what is set already wins", (t) => {
  const read = readIn(t, "HTTP_PORT=1\nLOG_LEVEL='debug' # why\n", { HTTP_PORT: "2" });
  assert.deepEqual(read, [true, "2", "debug"]);
});

test("production and tests do not read .env", (t) => {
  for (const NODE_ENV of ["production", "test"])
    assert.deepEqual(readIn(t, "HTTP_PORT=1\n", { NODE_ENV }), [false, null, null]);
});

test("a .env that cannot be read is a set-up error", (t) => {
  const [problems] = readIn(t, undefined, {}) as [string[]];
  assert.match(problems[0] ?? "", /^\.env: cannot be read/);
});
