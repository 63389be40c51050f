// Reads `.env` into the environment, in development only.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadEnvFile } from "node:process";
import { SetupError } from "../../core/setup-error.ts";

/**
 * Loads `.env` of a folder into `process.env`, where what is set already wins. Does nothing where NODE_ENV names anything
 * but development (tests must not depend on a developer's file), or when there is none. Answers the file's path if it was read. Throws SetupError when it cannot be read.
 */
export function loadDevelopmentEnvFile(directory: string): string | undefined {
  const path = join(directory, ".env");
  if ((process.env.NODE_ENV || "development") !== "development" || !existsSync(path)) return undefined;
  try {
    loadEnvFile(path);
    return path;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new SetupError([`.env: cannot be read (${code}); mend its permissions or remove it`]);
  }
}
