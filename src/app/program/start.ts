// The `start` command: serves until a signal, then stops in order; a second signal ends at once.

import { inspect } from "node:util";
import { SetupError } from "../../core/setup-error.ts";
import { errorRecord } from "../../telemetry/error-record.ts";
import type { App } from "../app.ts";
import { loadConfiguration } from "../config/configuration.ts";
import { loadDevelopmentEnvFile } from "../config/env-file.ts";
import { logRejections } from "../observe/rejections.ts";
import type { RunningServer } from "../serve.ts";

/** Serves an app; resolves with the exit code when it has stopped. Problems of set-up are printed, and are exit code 1. */
export async function start(app: App): Promise<number> {
  try {
    loadDevelopmentEnvFile(process.cwd());
    const { configuration, warnings } = loadConfiguration(process.env);
    // Loaded here, so that commands of the program do not load the servers.
    const { serve } = await import("../serve.ts");
    const server = await serve(app, configuration);
    for (const warning of warnings) server.observability.logger.warn({}, warning);
    // First the handlers, then the greeting: who reads it may send a signal at once.
    const stopped = untilStopped(server);
    process.stdout.write(
      greeting(app, server, configuration.databaseUrl === undefined ? configuration.dataDir : undefined),
    );
    return await stopped;
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

function untilStopped(server: RunningServer): Promise<number> {
  const { logger } = server.observability;
  const stopHearing = logRejections(logger);
  return new Promise((resolve, reject) => {
    const onSignal = (): void => {
      process.once("SIGINT", () => process.exit(130));
      process.once("SIGTERM", () => process.exit(143));
      server.stop().then(() => {
        stopHearing();
        resolve(0);
      }, reject);
    };
    const first = (): void => {
      process.off("SIGINT", first);
      process.off("SIGTERM", first);
      onSignal();
    };
    process.on("SIGINT", first);
    process.on("SIGTERM", first);
  });
}
