// A fixture's program as a process of its own, for what only a process shows: pipes, signals, exit codes.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import type { ProgramFixture } from "./program.fixture.ts";
import { createProgram } from "./program.ts";

/** Runs in the child: the program on the process's own streams. Says `calling` on stderr when a call begins. */
export async function runAsProcess({ registry, createCaller }: ProgramFixture): Promise<void> {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  const program = createProgram({
    registry,
    version: "1.2.3",
    open: async () => ({
      caller: createCaller(() => process.stderr.write("calling\n")),
      close: async () => undefined,
    }),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY === true,
    signal: interrupt.signal,
  });
  process.exitCode = await program.run(process.argv.slice(2));
}

/** Starts a child of a file. It is killed with the test. */
export function startChild(t: TestContext, file: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const flags = ["--conditions=trivium-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, file, ...args], {
    env: { ...process.env, XDG_CONFIG_HOME: "/nowhere", NOTE_BOOK_TOKEN: "good", TALK_SHOW_TOKEN: "good" },
  });
  t.after(() => child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined); // a child that has ended reads no more
  return child;
}

/** All that it says from now on, until it has ended. */
export async function finishChild(
  child: ChildProcessWithoutNullStreams,
): Promise<{ exit: unknown; stdout: string; stderr: string }> {
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    texts.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    texts.stderr += chunk;
  });
  const [code, signal] = await once(child, "close");
  return { exit: signal ?? code, ...texts };
}
