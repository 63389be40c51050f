// npm run docs: writes the pages of docs/ that are made from the sources. With --check it writes nothing and fails when
// a page is not what the sources give.

import { readFileSync, writeFileSync } from "node:fs";
import app from "../reference/app.ts";
import { configurationDocument } from "./docs/configuration-document.ts";
import { errorsDocument } from "./docs/errors-document.ts";

const pages = { "docs/errors.md": errorsDocument(app.registry), "docs/configuration.md": configurationDocument() };
const check = process.argv.includes("--check");

for (const [path, text] of Object.entries(pages)) {
  if (kept(path) === text) console.log(`${path} is up to date`);
  else if (check) fail(`${path} is not what the sources give: run npm run docs`);
  else {
    writeFileSync(path, text);
    console.log(`${path} written`);
  }
}

function kept(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
