// What ended a command, as text for stderr and an exit code.

import type { CommanderError } from "commander";
import { isAppError } from "../core/app-error.ts";
import { appError } from "../core/catalogue.ts";
import { uuidv7 } from "../core/ids.ts";
import { SetupError } from "../core/setup-error.ts";
import { DatabaseError } from "../database/database-error.ts";
import { answerFromError, type ErrorAnswer, setupText } from "../transports/cli/error-map.ts";
import { printable, printableJson } from "../transports/cli/output/printable.ts";
import { type UsageError, usageErrorFrom } from "../transports/cli/usage-error.ts";

/** A command line that could not be understood. Thrown through commander's parser. */
export class Refused extends Error {
  readonly usage: UsageError;

  constructor(error: CommanderError, path: readonly string[]) {
    const usage = usageOf(error, path);
    super(usage.error.message);
    this.usage = usage;
  }
}

/**
 * The report of what was thrown. Exit codes: 2 for a command line that cannot be understood, the one of an AppError's
 * code, 1 for anything else. An unexpected error is shown with its stack: who runs the tool is who mends it.
 */
export function reportFrom(thrown: unknown, json: boolean): ErrorAnswer {
  const form = { json, requestId: uuidv7(), flagOf: (path: string) => `--${path}` };
  if (thrown instanceof Refused)
    return answerFromError(thrown.usage.error, { ...form, hint: thrown.usage.hint, brief: true });
  if (isAppError(thrown)) return answerFromError(thrown, form);
  if (thrown instanceof SetupError) return { exit: 1, text: setupText(thrown, json) };
  const lines = textOf(thrown).split("\n");
  if (json) return { exit: 1, text: `${printableJson(JSON.stringify({ title: lines[0] }))}\n` };
  return { exit: 1, text: lines.map((line, index) => `${index === 0 ? "error: " : ""}${printable(line)}\n`).join("") };
}

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `${thrown}`;
  // The operating system and the database say what is wrong; where in this code it was met does not matter.
  const isPlain = thrown instanceof DatabaseError || "syscall" in thrown;
  return isPlain ? thrown.message : (thrown.stack ?? thrown.message);
}

/** As the app's own program refuses, but with operands: there are none in an app's program. */
function usageOf(error: CommanderError, path: readonly string[]): UsageError {
  const hint = `See \`${["trivium", ...path].join(" ")} --help\`.`;
  if (error.code === "commander.missingArgument") {
    const name = /'(\S+)'/.exec(error.message)?.[1] ?? "";
    return { error: appError("VALIDATION_FAILED", { message: `<${name}> is missing` }), hint };
  }
  if (error.code === "commander.excessArguments")
    return { error: appError("VALIDATION_FAILED", { message: "There is a word too many" }), hint };
  return usageErrorFrom(error, "trivium", path, undefined);
}
