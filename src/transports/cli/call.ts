// One command of an operation: made into a call for the pipeline, and the call's outcome into text and an exit code.

import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError, toAppError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { decodeInput } from "./codec.ts";
import type { Given } from "./command-tree.ts";
import { answerFromError } from "./error-map.ts";
import { commonFlagOf, type InputFlags } from "./flags.ts";
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

/** Runs it; resolves with the exit code. Throws SetupError where no call can be made, and what writing throws. */
export async function runOperation(command: OperationCommand, options: ProgramOptions): Promise<number> {
  const { operation, flags, given } = command;
  const json = given.common.has("json");
  const outcome = await outcomeOf(command, options);
  if (!outcome.ok) {
    const answer = answerFromError(outcome.error, { json, requestId: outcome.requestId, flagOf: flagFinder(flags) });
    await writeText(options.stderr, answer.text);
    return answer.exit;
  }
  const { isTerminal, env } = options;
  const bold = isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  await writeText(options.stdout, outputText(operation.contract, outcome.value, { json, isTerminal, bold }));
  if (outcome.replayed) await writeText(options.stderr, replayNote);
  if (!json) await writeText(options.stderr, notes(operation, outcome.value));
  return 0;
}

/** Calls, or refuses what cannot become a call in the way in which a call is refused. */
async function outcomeOf(command: OperationCommand, options: ProgramOptions): Promise<Outcome> {
  const { operation } = command;
  try {
    const { url, ...request } = await requestFrom(command, options);
    const opened = await options.open({ url });
    const outcome = await opened.caller.run({ operation, road: "cli", signal: options.signal, ...request });
    await opened.close().catch(() => undefined); // the call has ended: its outcome is what the user must learn
    return outcome;
  } catch (thrown) {
    if (thrown instanceof SetupError) throw thrown;
    return { ok: false, requestId: uuidv7(), error: toAppError(thrown) };
  }
}

async function requestFrom({ flags, given }: OperationCommand, options: ProgramOptions) {
  const { registry, env, stdin } = options;
  const settings = settingsFrom(given.common);
  const inputs = given.common.get("input") ?? [];
  const input = await unlessAborted(decodeInput(flags, { flags: given.flags, inputs }, stdin), options);
  const sessions = createSessionStore(registry.app, env);
  const credential = await credentialFrom(settings, env[tokenVariable(registry.app)], sessions);
  const { url, timeout, idempotencyKey } = settings;
  return { url, input, credential, timeout, idempotencyKey };
}

function flagFinder({ fields }: InputFlags): (path: string) => string | undefined {
  return (path) => fields.find(({ name }) => name === path)?.flag ?? commonFlagOf(path);
}

/** Nothing else says it, so it is there with `--json` too. */
const replayNote = "note: this was done before under the same key; the answer is the one given then\n";

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
