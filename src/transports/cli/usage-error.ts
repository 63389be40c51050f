// A command line that cannot be understood, in words: what was typed wrong, and what is near it.

import type { CommanderError } from "commander";
import type { AppError } from "../../core/app-error.ts";
import { appError } from "../../core/catalogue.ts";
import type { InputFlags } from "./flags.ts";
import type { CommandPath } from "./help/example.ts";

/** A refused command line. Its values are never repeated: one of them may be a secret. */
export interface UsageError {
  readonly error: AppError;
  readonly hint: string;
}

/** The refusal of what commander could not parse. */
export function usageErrorFrom(
  { code, message }: CommanderError,
  app: string,
  path: CommandPath,
  flags: InputFlags | undefined,
): UsageError {
  const [line = ""] = message.split("\n");
  const near = /\(Did you mean (.*)\?\)/s.exec(message)?.[1];
  const command = [app, ...path].join(" ");
  const see = `See \`${command} --help\`.`;
  const hint = near === undefined ? see : `Did you mean ${near}? ${see}`;
  switch (code) {
    case "commander.unknownOption":
      return unknownFlag(line, hint, flags);
    case "commander.unknownCommand":
      return { error: refusal(`There is no command ${/'(.*)'/.exec(line)?.[1] ?? ""}`), hint };
    case "commander.optionMissingArgument":
      return { error: refusal(`The flag ${/'(\S+)/.exec(line)?.[1] ?? ""} needs a value`), hint };
    default:
      return { error: refusal("There is a word too many: everything is given by flags"), hint };
  }
}

function unknownFlag(line: string, hint: string, flags: InputFlags | undefined): UsageError {
  const flag = /'(-[^=']*)/.exec(line)?.[1] ?? "";
  const name = flag.replace(/^-+/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (flags?.others.includes(name) === true)
    return { error: refusal(`There is no flag ${flag}`), hint: `Give ${name} by --input: a flag cannot hold it.` };
  const violations = [{ path: name, message: "There is no such field", rule: "unknown_field" }];
  return { error: appError("VALIDATION_FAILED", { message: `There is no flag ${flag}`, violations }), hint };
}

function refusal(message: string): AppError {
  return appError("VALIDATION_FAILED", { message });
}
