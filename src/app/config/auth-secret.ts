// The secret of access tokens where none is configured: made once and kept in the data folder. Never in production.

import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../core/setup-error.ts";
import type { Configuration } from "./configuration.ts";

const fileName = "auth-secret";

/**
 * The secret of access tokens: the configured one, else the one in the data folder, which is made when it is not there.
 * Guarantees: processes that start at the same time agree; only the owner can read the file (mode 600, mended if
 * needed); nothing is made in production. Throws SetupError when the folder or the file cannot be used.
 */
export function resolveAuthSecret(
  configuration: Pick<Configuration, "authSecret" | "dataDir" | "environment">,
): string {
  if (configuration.authSecret !== undefined) return configuration.authSecret;
  if (configuration.environment === "production")
    throw new SetupError(["AUTH_SECRET: not set, required in production"]);
  const path = join(configuration.dataDir, fileName);
  try {
    return readSecret(path) ?? makeSecret(configuration.dataDir, path);
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    throw new SetupError([`TRIVIUM_DATA_DIR: ${path} cannot be read or made (${errorCode(cause)})`]);
  }
}

function readSecret(path: string): string | undefined {
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  if (secret.length < 32) throw new SetupError([`${path}: it holds no secret; remove it and a new one is made`]);
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return secret;
}

/** Written aside and linked into place, so that no process ever reads half a secret, and the first one wins. */
function makeSecret(directory: string, path: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, randomBytes(32).toString("base64url"), { mode: 0o600 });
  try {
    linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    unlinkSync(aside);
  }
  return readFileSync(path, "utf8").trim();
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
