// A reporter of Node's test runner for runs with TEST_REQUIRE=redis,browser (names of services, separated by commas): such a
// run fails if a test was skipped for want of a required service, or if no test of its own (its name in the path) ran.

import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

const required = (process.env.TEST_REQUIRE ?? "").split(",").filter((name) => name !== "");

/** Prints what is missing when the run ends, and then makes its exit code 1. */
export default async function* requiredServices(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const problems: string[] = [];
  const missing = new Set(required);
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, skip, details } = event.data;
    const file = fileOf(event.data);
    if (typeof skip === "string") {
      if (required.some((service) => new RegExp(`\\b${service}\\b`, "i").test(skip)))
        problems.push(`skipped: ${file}: ${name}: ${skip}`);
    } else if (details.type !== "suite" && !name.endsWith(file)) {
      // A file without tests is reported as a test of the file's name.
      for (const service of missing) if (file.includes(service)) missing.delete(service);
    }
  }
  for (const service of missing) problems.push(`no test with ${service} in its path has run`);
  if (problems.length > 0) process.exitCode = 1;
  for (const problem of problems) yield `✖ TEST_REQUIRE=${required.join()}, but ${problem}\n`;
}

/** The file that was run, which for a shared suite is not the one that defines the test. */
function fileOf(data: { readonly file?: string | undefined; readonly entryFile?: string }): string {
  return relative(process.cwd(), data.entryFile ?? data.file ?? "");
}
