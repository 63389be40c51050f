// The app's own program: `start` serves it, every other command calls an operation.

import { createProgram } from "../../transports/cli/program.ts";
import type { App } from "../app.ts";
import { openCaller } from "./open-caller.ts";
import { start } from "./start.ts";

/**
 * Runs the app as a program and sets the exit code of the process.
 *
 * @example await run(app); // in main.ts: `node main.ts start`, `node main.ts messages get --id …`
 */
export async function run(app: App, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  const program = createProgram({
    registry: app.registry,
    version: app.definition.version ?? "0.0.0",
    open: (options) => openCaller(app, options),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY === true,
    signal: interrupt.signal,
    commands: [
      {
        name: "start",
        summary: "Serve the app over HTTP and gRPC, relay its events and run its consumers",
        run: () => {
          process.off("SIGINT", onInterrupt);
          return start(app);
        },
      },
    ],
  });
  process.once("SIGINT", onInterrupt);
  process.exitCode = await program.run(args);
  process.off("SIGINT", onInterrupt);
}
