// One command of an operation: made into a call for the pipeline, and the call's outcome into text and an exit code.

import { isStream, type Operation, sendsMany, takesMany } from "../../contract/operation.ts";
import type { RegisteredOperation } from "../../contract/registry.ts";
import { appError, toAppError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import { SetupError } from "../../core/setup-error.ts";
import type { Outcome } from "../../pipeline/call.ts";
import { decodeInput } from "./codec.ts";
import type { Given } from "./command-tree.ts";
import { answerFromError } from "./error-map.ts";
import { commonFlagOf, type InputFlags } from "./flags.ts";
import { exampleItem, quoted } from "./help/example.ts";
import { deprecationText } from "./help/help.ts";
import { credentialFrom, tokenVariable } from "./identity/credential.ts";
import { createSessionStore } from "./identity/session.ts";
import type { ProgramOptions } from "./options.ts";
import { writeText } from "./output/outlet.ts";
import { nextCursorOf, outputText } from "./output/output.ts";
import { printable } from "./output/printable.ts";
import { settingsFrom } from "./settings.ts";
import { createStreamEnds, type StreamEnds } from "./streams/stream-ends.ts";

/** One command line that calls an operation. */
export interface OperationCommand {
  readonly operation: RegisteredOperation;
  readonly flags: InputFlags;
  readonly given: Given;
}

/** Runs it; resolves with the exit code. Throws SetupError where no call can be made, and what writing throws. */
export async function runOperation(command: OperationCommand, options: ProgramOptions): Promise<number> {
  const { contract } = command.operation;
  const { isTerminal, env, stdout, stderr } = options;
  const json = command.given.common.has("json");
  const form = { json, isTerminal, bold: isTerminal && !env.NO_COLOR && env.TERM !== "dumb" };
  const ends = isStream(contract) ? createStreamEnds(contract, options, form) : undefined;
  const outcome = await outcomeOf(command, options, ends);
  if (ends?.isUnread === true) return 0;
  if (!outcome.ok) {
    const { requestId } = outcome;
    const error = ends?.shown(outcome.error) ?? outcome.error;
    const flagOf = flagFinder(command.flags, ends);
    const answer = answerFromError(error, { json, requestId, flagOf, hint: ends?.hintFor(error) });
    await writeText(stderr, answer.text);
    if (!json) await writeText(stderr, resumeNote(contract, ends));
    return answer.exit;
  }
  if (!sendsMany(contract)) await writeText(stdout, outputText(contract, outcome.value, form));
  if (outcome.replayed) await writeText(stderr, replayNote);
  if (!json && ends === undefined) await writeText(stderr, deprecationNote(contract));
  if (!json) await writeText(stderr, pageNote(contract, outcome.value));
  return 0;
}

/** Calls, or refuses what cannot become a call in the way in which a call is refused. */
async function outcomeOf(
  command: OperationCommand,
  options: ProgramOptions,
  ends: StreamEnds | undefined,
): Promise<Outcome> {
  const { operation } = command;
  try {
    const { url, ...request } = await requestFrom(command, options);
    const opened = await options.open({ url });
    if (ends !== undefined) await writeText(options.stderr, openingNotes(command, options));
    const common = { operation, road: "cli", signal: options.signal, ...request } as const;
    const outcome = await opened.caller.run({ ...common, ...ends?.request });
    await opened.close().catch(() => undefined); // the call has ended: its outcome is what the user must learn
    return outcome;
  } catch (thrown) {
    if (thrown instanceof SetupError) throw thrown;
    return { ok: false, requestId: uuidv7(), error: toAppError(thrown) };
  } finally {
    ends?.close();
  }
}

async function requestFrom({ operation, flags, given }: OperationCommand, options: ProgramOptions) {
  const { registry, env, stdin } = options;
  const settings = settingsFrom(given.common);
  const inputs = given.common.get("input") ?? [];
  if (takesMany(operation.contract) && inputs.includes("-")) throw takenInput();
  const input = await unlessAborted(decodeInput(flags, { flags: given.flags, inputs }, stdin), options);
  const sessions = createSessionStore(registry.app, env);
  const credential = await credentialFrom(settings, env[tokenVariable(registry.app)], sessions);
  const { url, timeout, idempotencyKey } = settings;
  return { url, input, credential, timeout, idempotencyKey };
}

/** The standard input can be read once. */
function takenInput(): Error {
  const message = "The standard input holds the items of the stream: give JSON as it stands, or @file";
  return appError("VALIDATION_FAILED", { violations: [{ path: "input", message, rule: "not_applicable" }] });
}

function flagFinder({ fields }: InputFlags, ends: StreamEnds | undefined): (path: string) => string | undefined {
  return (path) => fields.find(({ name }) => name === path)?.flag ?? commonFlagOf(path) ?? ends?.placeOf(path);
}

/** Nothing else says it, so it is there with `--json` too. */
const replayNote = "note: this was done before under the same key; the answer is the one given then\n";

function deprecationNote({ deprecated }: Operation): string {
  return deprecated === undefined ? "" : `note: ${deprecationText(deprecated)}\n`;
}

function pageNote({ input }: Operation, value: unknown): string {
  const cursor = "cursor" in input.shape ? nextCursorOf(value) : undefined;
  return cursor === undefined ? "" : `note: there are more: add --cursor ${quoted(printable(cursor))}\n`;
}

/** Said before a stream begins, for it may last: what is awaited of a person who types, also with `--json`. */
function openingNotes({ operation: { contract }, given }: OperationCommand, { stdin }: ProgramOptions): string {
  const isTyped = takesMany(contract) && stdin.isTTY === true;
  return [
    given.common.has("json") ? "" : deprecationNote(contract),
    isTyped ? `note: type one item on each line, such as ${exampleItem(contract)}; Ctrl-D ends them\n` : "",
  ].join("");
}

function resumeNote({ input }: Operation, ends: StreamEnds | undefined): string {
  if (!("after" in input.shape) || ends?.cursor === undefined) return "";
  return `note: go on where it ended with --after ${quoted(printable(ends.cursor))}\n`;
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
