// The driver `pg` and how it is set up: the only place that loads it.

import type pg from "pg";
import { SetupError } from "../../core/setup-error.ts";
import type { DatabaseObserver } from "../../database/observation.ts";
import type { ConnectionSource } from "./connection/postgres-connection.ts";
import { settingStatements } from "./values/settings.ts";

/** The module of the driver. Throws SetupError when it is not installed. */
export async function loadDriver(): Promise<typeof pg> {
  try {
    return (await import("pg")).default;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
      throw new SetupError(["DATABASE_URL is set, and the package `pg` is missing: run `npm install pg`"]);
    }
    throw error;
  }
}

/** How every connection to `url` is made. */
export function connectionSource(
  driver: typeof pg,
  url: string,
  options: {
    readonly connectTimeout: number;
    readonly observe: DatabaseObserver | undefined;
    readonly settings: Readonly<Record<string, string>> | undefined;
  },
): ConnectionSource {
  return {
    Client: driver.Client,
    observe: options.observe,
    setup: settingStatements(options.settings),
    config: {
      connectionString: url,
      connectionTimeoutMillis: options.connectTimeout,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      fallback_application_name: "trivium",
    },
  };
}
