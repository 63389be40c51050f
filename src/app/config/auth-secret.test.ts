import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SetupError } from "../../core/setup-error.ts";
import { resolveAuthSecret } from "./auth-secret.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "trivium-secret-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function resolveIn(dataDir: string, environment: "development" | "production" = "development"): string {
  return resolveAuthSecret({ authSecret: undefined, dataDir, environment });
}

test("the configured secret wins and nothing is written", (t) => {
  const dataDir = folder(t);
  assert.equal(resolveAuthSecret({ authSecret: "given", dataDir, environment: "development" }), "given");
  assert.deepEqual(readdirSync(dataDir), []);
});

test("a missing secret is made once, readable by the owner only", (t) => {
  const dataDir = join(folder(t), "deep", "data");
  const secret = resolveIn(dataDir);
  assert.ok(secret.length >= 43);
  assert.equal(statSync(join(dataDir, "auth-secret")).mode & 0o777, 0o600);
  assert.equal(resolveIn(dataDir), secret);
  assert.deepEqual(readdirSync(dataDir), ["auth-secret"]);
});

test("a file that others could read is closed to them", (t) => {
  const dataDir = folder(t);
  const secret = resolveIn(dataDir);
  chmodSync(join(dataDir, "auth-secret"), 0o644);
  assert.equal(resolveIn(dataDir), secret);
  assert.equal(statSync(join(dataDir, "auth-secret")).mode & 0o777, 0o600);
});

test("a file without a secret is refused by its name, and left as it is", (t) => {
  const dataDir = folder(t);
  const path = join(dataDir, "auth-secret");
  writeFileSync(path, "cut");
  assert.throws(
    () => resolveIn(dataDir),
    (error) => error instanceof SetupError && error.message.includes(path),
  );
  assert.equal(readFileSync(path, "utf8"), "cut");
});

test("a data folder that cannot be made is a set-up error naming the variable", (t) => {
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  assert.throws(
    () => resolveIn(join(file, "data")),
    (error) => {
      return error instanceof SetupError && /^TRIVIUM_DATA_DIR: .*ENOTDIR/.test(error.problems[0] ?? "");
    },
  );
});

test("production never makes one", (t) => {
  const dataDir = folder(t);
  assert.throws(() => resolveIn(dataDir, "production"), /AUTH_SECRET/);
  assert.deepEqual(readdirSync(dataDir), []);
});
