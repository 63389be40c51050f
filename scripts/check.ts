// npm run check: everything about the sources that needs no running service. Each check is a script of package.json that
// can be run alone; all of them run, and what failed is shown. The closing lines are those of Node's test runner.

import { spawnSync } from "node:child_process";

const checks = {
  typecheck: "types",
  lint: "format, lint, sizes, import cycles",
  promises: "no promise is left floating",
  unused: "no unused file, export or dependency",
  architecture: "who imports whom",
  build: "the package compiles",
  package: "shape of the package",
  "generate:check": "the generated files are what the contracts give, and nothing breaks",
  "docs:check": "docs/ is what the sources give",
};

let failed = 0;
for (const [script, what] of Object.entries(checks)) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", script], { encoding: "utf8" });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${status === 0 ? "✔" : "✖"} ${what} (npm run ${script}, ${seconds} s)`);
  if (status === 0) continue;
  failed++;
  console.log(`${stdout}${stderr}`.replaceAll(/^/gm, "    "));
}

console.log(`ℹ pass ${Object.keys(checks).length - failed}`);
console.log(`ℹ fail ${failed}`);
process.exitCode = failed === 0 ? 0 : 1;
