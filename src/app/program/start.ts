// The `start` command: serves until a signal, then stops in order; a second signal, or the deadline, ends it at once.

import { inspect } from "node:util";
import { SetupError } from "../../core/setup-error.ts";
import { errorRecord } from "../../telemetry/error-record.ts";
import type { App } from "../app.ts";
import { loadConfiguration } from "../config/configuration.ts";
import { loadDevelopmentEnvFile } from "../config/env-file.ts";
import { logRejections } from "../observe/rejections.ts";
import type { RunningServer } from "../serve.ts";

/** Milliseconds that relay and consumers may take to stop, after the roads. */
const stopPatience = 15_000;

/** Serves an app; resolves with the exit code when it has stopped. Problems of set-up are printed, and are exit code 1. */
export async function start(app: App): Promise<number> {
  try {
    loadDevelopmentEnvFile(process.cwd());
    const { configuration, warnings } = loadConfiguration(process.env);
    // Loaded here, so that commands of the program do not load the servers.
    const { serve } = await import("../serve.ts");
    // Heard from here on: a signal may come as soon as anything listens, and then there may be calls to finish.
    const signalled = firstSignal();
    const server = await serve(app, configuration);
    const { logger } = server.observability;
    const stopHearing = logRejections(logger);
    for (const warning of warnings) logger.warn({}, warning);
    process.stdout.write(
      greeting(app, server, configuration.databaseUrl === undefined ? configuration.dataDir : undefined),
    );
    await signalled;
    const late = setTimeout(
      () => {
        logger.error({}, "the process did not stop in time");
        process.exit(1);
      },
      configuration.shutdownGrace + configuration.shutdownTimeout + stopPatience,
    );
    await server.stop();
    clearTimeout(late);
    stopHearing();
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : unexpected(error)}\n`);
    return 1;
  }
}

/** Whoever starts a server reads its log: here, and in no answer, stands all that is known of a defect. */
function unexpected(error: unknown): string {
  return `The app cannot start: an unexpected error\n${inspect(errorRecord(error), { depth: null, breakLength: 120 })}`;
}

function greeting(app: App, { addresses }: RunningServer, dataDir: string | undefined): string {
  const { http, grpc, admin } = addresses;
  const lines = [
    `${app.definition.name} ${app.definition.version ?? "0.0.0"} is ready`,
    ...(http === undefined ? [] : [`  HTTP     ${http}`, `  docs     ${http}/docs`]),
    ...(grpc === undefined ? [] : [`  gRPC     ${grpc}`]),
    `  metrics  ${admin}/metrics`,
    ...(dataDir === undefined
      ? []
      : [`  data     ${dataDir} (embedded: survives a restart and a kill, not a power cut)`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Resolves with the first SIGINT or SIGTERM; a second one ends the process at once. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const first = (): void => {
      process.off("SIGINT", first);
      process.off("SIGTERM", first);
      process.once("SIGINT", () => process.exit(130));
      process.once("SIGTERM", () => process.exit(143));
      resolve();
    };
    process.on("SIGINT", first);
    process.on("SIGTERM", first);
  });
}
