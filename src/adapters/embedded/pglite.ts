// Loads PGlite: the only place that does.

import { SetupError } from "../../core/setup-error.ts";

/** What the package exports. */
export type PGliteModule = typeof import("@electric-sql/pglite");

/** Throws SetupError when the package is not installed. */
export async function loadPGlite(): Promise<PGliteModule> {
  try {
    return await import("@electric-sql/pglite");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
      throw new SetupError([
        "without DATABASE_URL the embedded database is used, and the package `@electric-sql/pglite` is missing: run `npm install @electric-sql/pglite`, or set DATABASE_URL",
      ]);
    }
    throw error;
  }
}
