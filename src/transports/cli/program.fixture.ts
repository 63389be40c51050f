// Runs the program of a fixture's operations once, on strings, and notes what it did.

import type { Registry } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import type { Call, Caller } from "../../pipeline/call.ts";
import { createPipeline } from "../../pipeline/pipeline.ts";
import type { InputStream, OpenOptions, ProgramOptions } from "./options.ts";
import { createProgram } from "./program.ts";

/** A pipeline without ports behind it: tokens that begin with `good` are users. */
export function createFixtureCaller(registry: Registry, execute: (call: Call) => Promise<unknown>): Caller {
  return createPipeline(
    registry.operations.map((operation) => ({
      operation,
      middleware: [],
      executor: { authorize: undefined, execute },
    })),
    {
      telemetry: { start: () => ({ run: (rest) => rest(), end: () => undefined }), message: () => undefined },
      admission: { enter: () => undefined, leave: () => undefined },
      authenticator: {
        authenticate(credential) {
          if (credential.kind === "local")
            return credential.userId === undefined ? undefined : { id: credential.userId, roles: [], scopes: [] };
          if (!credential.token.startsWith("good")) throw appError("CREDENTIAL_INVALID");
          return { id: credential.token, roles: [], scopes: [] };
        },
      },
      times: { defaultTimeout: 10_000, maxTimeout: 60_000 },
    },
  );
}

/** What the program is made of. */
export interface ProgramFixture {
  readonly registry: Registry;
  /** `called` hears of every call that begins. */
  createCaller(called: (call: Call) => void): Caller;
}

/** What a run of the program gave. */
export interface ProgramRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly Call[];
  readonly opened: readonly OpenOptions[];
}

/** How to run it. */
export interface RunOptions extends Partial<Omit<ProgramOptions, "stdin">> {
  /** What stands on the standard input; an array is read in its parts. */
  readonly stdin?: string | readonly Uint8Array[] | InputStream;
}

/** Runs a fixture's program once. */
export async function runFixture(
  { registry, createCaller }: ProgramFixture,
  args: readonly string[],
  options: RunOptions,
): Promise<ProgramRun> {
  const texts = { stdout: "", stderr: "" };
  const calls: Call[] = [];
  const opened: OpenOptions[] = [];
  const { stdin = "" } = options;
  const sink = (name: "stdout" | "stderr") => ({
    write(text: string, done?: (error?: Error | null) => void) {
      texts[name] += text;
      done?.();
    },
  });
  const program = createProgram({
    registry,
    version: "1.2.3",
    async open(how) {
      opened.push(how);
      return { caller: createCaller((call) => calls.push(call)), close: async () => undefined };
    },
    env: { XDG_CONFIG_HOME: "/nowhere" },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    isTerminal: false,
    ...options,
    stdin:
      typeof stdin === "string" ? streamOf([stdin]) : Array.isArray(stdin) ? streamOf(stdin) : (stdin as InputStream), // neither text nor list
  });
  return { exit: await program.run(args), ...texts, calls, opened };
}

async function* streamOf(parts: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* parts;
}
