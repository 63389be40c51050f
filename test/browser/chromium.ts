// A real Chromium for tests: the one of CHROMIUM, or the machine's own.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Why tests are skipped where there is none. TEST_REQUIRE=browser makes that an error. */
export const withoutChromium = "there is no browser: install chromium, or name it by CHROMIUM";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Where it is installed; undefined where it is not. Known before any test is defined. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM: given, PATH: path = "" } = process.env;
  const candidates = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return (given === undefined ? candidates : [given]).find(isExecutable);
}

/** The option of a test that needs it: `test(name, needsChromium, …)`. */
export const needsChromium = { skip: chromiumPath() === undefined ? withoutChromium : false } as const;

/** Starts it without a window; who starts it closes it. Throws where it is not installed. */
export async function startChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(withoutChromium);
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
