// One command of an operation: made into a call for the pipeline, and the call's outcome into text and an exit code.

import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError } from "../../core/catalogue.ts";
import { decodeInput } from "./codec.ts";
import type { Given } from "./command-tree.ts";
import { answerFromError } from "./error-map.ts";
import type { InputFlags } from "./flags.ts";
import { deprecationText } from "./help.ts";
import { credentialFrom, tokenVariable } from "./identity/credential.ts";
import { createSessionStore } from "./identity/session.ts";
import type { ProgramOptions } from "./options.ts";
import { writeText } from "./output/outlet.ts";
import { nextCursorOf, outputText } from "./output/output.ts";
import { settingsFrom } from "./settings.ts";

/** One command line that calls an operation. */
export interface OperationCommand {
  readonly operation: RegisteredOperation;
  readonly flags: InputFlags;
  readonly given: Given;
}

/** Runs it; resolves with the exit code. Throws AppError for what cannot become a call, SetupError where none can be made. */
export async function runOperation(command: OperationCommand, options: ProgramOptions): Promise<number> {
  const { operation, flags, given } = command;
  const { registry, env, stdin, signal } = options;
  const json = given.common.has("json");
  const settings = settingsFrom(given.common);
  const inputs = given.common.get("input") ?? [];
  const input = await unlessAborted(decodeInput(flags, { flags: given.flags, inputs }, stdin), options);
  const sessions = createSessionStore(registry.app, env);
  const credential = await credentialFrom(settings, env[tokenVariable(registry.app)], sessions);
  const { caller, close } = await options.open({ url: settings.url });
  const request = { operation, road: "cli" as const, input, credential, timeout: settings.timeout, signal };
  const outcome = await caller.run(request).finally(close);
  if (!outcome.ok) {
    const flagOf = (path: string): string | undefined => flags.fields.find(({ name }) => name === path)?.flag;
    const answer = answerFromError(outcome.error, { json, requestId: outcome.requestId, flagOf });
    await writeText(options.stderr, answer.text);
    return answer.exit;
  }
  const { isTerminal } = options;
  const bold = isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  await writeText(options.stdout, outputText(operation.contract, outcome.value, { json, isTerminal, bold }));
  if (!json) await writeText(options.stderr, notes(operation, outcome.value));
  return 0;
}

function notes({ contract }: RegisteredOperation, value: unknown): string {
  const cursor = "cursor" in contract.input.shape ? nextCursorOf(value) : undefined;
  const { deprecated } = contract;
  return [
    ...(deprecated === undefined ? [] : [`note: ${deprecationText(deprecated)}\n`]),
    ...(cursor === undefined ? [] : [`note: there are more: add --cursor '${cursor.replaceAll("'", "'\\''")}'\n`]),
  ].join("");
}

/** The work's result, or CANCELLED when the user interrupts; a read of the standard input is ended with it. */
function unlessAborted<T>(work: Promise<T>, { signal, stdin }: ProgramOptions): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      stdin.destroy?.();
      reject(appError("CANCELLED"));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
