// How a command of the program reaches the data: a server by URL, the owner of the data folder, or in this process.

import type { OwnerRecord } from "../../adapters/embedded/index.ts";
import { createHttpCaller } from "../../client/http/http-caller.ts";
import { sleep } from "../../core/async.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { Caller } from "../../pipeline/call.ts";
import { errorRecord } from "../../telemetry/error-record.ts";
import type { App } from "../app.ts";
import { resolveAuthSecret } from "../config/auth-secret.ts";
import { type Configuration, loadConfiguration } from "../config/configuration.ts";
import { loadDevelopmentEnvFile } from "../config/env-file.ts";
import { sessionSettings } from "../data/cache.ts";
import { prepareSchema } from "../data/migrate.ts";
import { openStorage, type Storage } from "../data/storage.ts";
import { openStore } from "../data/store.ts";
import { createObservability } from "../observe/observability.ts";
import { logRejections } from "../observe/rejections.ts";
import { wire } from "../wiring.ts";

/** A way to call operations, to be closed. */
export interface OpenCaller {
  readonly caller: Caller;
  close(): Promise<void>;
}

/** Milliseconds to wait for another command that has the data folder for a moment. */
const patience = 5_000;

/** Opens a way. Throws SetupError where there is none. */
export async function openCaller(app: App, options: { readonly url?: string | undefined }): Promise<OpenCaller> {
  if (options.url !== undefined) return overHttp(options.url, undefined);
  loadDevelopmentEnvFile(process.cwd());
  const { configuration } = loadConfiguration(process.env);
  const opened = await openOrOwner(app, configuration);
  return "storage" in opened
    ? inProcess(app, configuration, opened.storage)
    : overHttp(opened.owner.address, opened.owner.secret);
}

function overHttp(url: string, localSecret: string | undefined): OpenCaller {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new SetupError([`--url ${url}: expected an address such as http://127.0.0.1:8080`]);
  return { caller: createHttpCaller({ url, localSecret }), close: async () => undefined };
}

async function inProcess(app: App, configuration: Configuration, storage: Storage): Promise<OpenCaller> {
  // What the program prints is its answer, and a log line holds what an answer must not: only who asks for it gets it.
  const level = process.env.LOG_LEVEL ? configuration.logLevel : "silent";
  const observability = createObservability(app, { level, pretty: process.stderr.isTTY === true, destination: 2 });
  const stopHearing = logRejections(observability.logger);
  try {
    await prepareSchema(app, storage, configuration, observability.logger);
    const authSecret = resolveAuthSecret(configuration);
    const store = await openStore(app, configuration, storage);
    const wiring = wire(app, { configuration, authSecret, storage, store, observability });
    return {
      caller: wiring.pipeline,
      async close() {
        await wiring.stop();
        await store?.close();
        await storage.database.close();
        observability.logger.flush();
        stopHearing();
      },
    };
  } catch (error) {
    if (!(error instanceof SetupError))
      observability.logger.error({ err: errorRecord(error) }, "the app cannot be opened");
    await storage.database.close();
    observability.logger.flush();
    stopHearing();
    throw error;
  }
}

/** The database, or the owner of the data folder that has it; waits for an owner that will soon be gone. */
async function openOrOwner(
  app: App,
  configuration: Configuration,
): Promise<{ storage: Storage } | { owner: OwnerRecord }> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return { storage: await openStorage(configuration, { settings: sessionSettings(app, configuration) }) };
    } catch (error) {
      const owner = ownerOf(error);
      if (owner !== undefined && owner.address !== "") return { owner };
      if (owner === undefined || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** The owner that an error names: FolderOwnedError carries it. By its form, so that the adapter is not loaded for it. */
function ownerOf(error: unknown): OwnerRecord | undefined {
  return error instanceof SetupError && "owner" in error ? (error.owner as OwnerRecord | undefined) : undefined;
}
