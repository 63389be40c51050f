// The app's own program: `start` serves it, every other command calls an operation.

import { SetupError } from "../../core/setup-error.ts";
import { codeTable } from "../../core/status.ts";
import { cliProblems, createProgram } from "../../transports/cli/program.ts";
import type { App } from "../app.ts";
import { openCaller } from "./open-caller.ts";
import { start } from "./start.ts";

/**
 * Runs the app as a program and sets the exit code of the process.
 *
 * @example await run(app); // in main.ts: `node main.ts start`, `node main.ts messages get --id …`
 */
export async function run(app: App, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const unsound = await unsoundness(app);
  if (unsound !== undefined) {
    process.stderr.write(`${unsound.message}\n`);
    process.exitCode = 1;
    return;
  }
  const signals = hearSignals();
  const program = createProgram({
    registry: app.registry,
    version: app.definition.version ?? "0.0.0",
    open: (options) => openCaller(app, options),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY === true,
    signal: signals.aborted,
    commands: [
      {
        name: "start",
        summary: "Serve the app over HTTP and gRPC, relay its events and run its consumers",
        run: () => {
          signals.stop();
          return start(app);
        },
      },
    ],
  });
  process.exitCode = signals.exitCode(await program.run(args));
  signals.stop();
}

/** Signals that end a command in order: its call is cancelled. A second one of the same kind ends the process at once. */
function hearSignals() {
  const controller = new AbortController();
  let isTerminated = false;
  const onInterrupt = (): void => controller.abort();
  const onTerminate = (): void => {
    isTerminated = true;
    controller.abort();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onTerminate);
  return {
    aborted: controller.signal,
    /** What a shell is told of a process that SIGTERM ended is 143; whoever was cancelled otherwise keeps his 130. */
    exitCode: (exit: number): number => (isTerminated && exit === codeTable.CANCELLED.exit ? 143 : exit),
    stop(): void {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}

/** An app that makes no command line: no command of it could be run, so all of its problems are told here. */
async function unsoundness({ definition, registry }: App): Promise<SetupError | undefined> {
  if (registry.problems.length === 0 && cliProblems(registry).length === 0) return undefined;
  // Loaded here, so that commands of the program do not load the servers.
  const { appProblems } = await import("../problems.ts");
  return new SetupError(appProblems({ definition, registry }), `The app ${definition.name} cannot start`);
}
