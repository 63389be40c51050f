// The driver's client for one connection. What it can do by itself (queue, reconnect, time out) is turned off: the
// connection decides.

import type { createClient } from "@redis/client";
import { SetupError } from "../../core/setup-error.ts";

/** The parts of the driver that are used. */
export interface Driver {
  readonly createClient: typeof createClient;
  readonly RESP_TYPES: { readonly BLOB_STRING: 36 };
}

/** A client that answers bulk strings as bytes. */
export type Client = ReturnType<typeof clientFor>;

/** What a command takes. */
export type Argument = string | Buffer;

/** The module of the driver. Throws SetupError when it is not installed. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import("@redis/client");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new SetupError([
      "REDIS_URL is set, and the package `@redis/client` is missing: run `npm install @redis/client`",
    ]);
  }
}

/** A client that is not connected yet, and that gives up when its connection is lost. */
export function clientFor({ createClient, RESP_TYPES }: Driver, url: string, connectTimeout: number) {
  return createClient({
    url,
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    // The driver's own time-out costs more than the command; zero is none.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: { connectTimeout, reconnectStrategy: false },
  });
}
