// The server of this road: the app's own program. Every operation is a command of it, beside a few of its own.

import { CommanderError } from "commander";
import type { Registry } from "../../contract/registry.ts";
import { isAppError } from "../../core/app-error.ts";
import { toAppError } from "../../core/catalogue.ts";
import { uuidv7 } from "../../core/ids.ts";
import { SetupError } from "../../core/setup-error.ts";
import { runOperation } from "./call.ts";
import { commandPath, createCommandTree, type Given, type OwnCommand } from "./command-tree.ts";
import { answerFromError, setupText } from "./error-map.ts";
import { commonFlagOf, flagProblems } from "./flags.ts";
import { login, logout } from "./identity/login.ts";
import type { Program, ProgramOptions } from "./options.ts";
import { writeText } from "./output/outlet.ts";
import { settingsFrom } from "./settings.ts";
import { type UsageError, usageErrorFrom } from "./usage-error.ts";

/** Commands of the program itself; a service may not have one of these names. */
const ownNames = ["help", "login", "logout", "start", "version"];

/** Thrown through commander's parser. */
class Refused extends Error {
  readonly usage: UsageError;

  constructor(usage: UsageError) {
    super(usage.error.message);
    this.usage = usage;
  }
}

/** What cannot be served on the command line as it is named, for every operation: found at start. */
export function cliProblems(registry: Registry): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const operation of registry.operations) {
    const path = commandPath(operation);
    if (ownNames.includes(path[0] ?? ""))
      problems.push(`${operation.id}: "${path[0]}" is a command of the program itself: use another service name`);
    const command = path.join(" ");
    const other = owners.get(command);
    if (other !== undefined) problems.push(`${operation.id}: the same command as ${other}: ${command}`);
    owners.set(command, operation.id);
  }
  return [...problems, ...flagProblems(registry)];
}

/**
 * Creates the program. Data goes to stdout, all else to stderr. Exit codes: 0, the one of the error's code, 2 for a
 * command line that cannot be understood, 1 where the app cannot be opened or the output not be written.
 */
export function createProgram(options: ProgramOptions): Program {
  return {
    async run(args) {
      const given: Given = { common: new Map(), flags: [] };
      try {
        return await runArgs(args, given, options);
      } catch (thrown) {
        return await report(thrown, given.common.has("json") || args.includes("--json"), options);
      }
    },
  };
}

async function runArgs(args: readonly string[], given: Given, options: ProgramOptions): Promise<number> {
  const { registry } = options;
  let exit = 0;
  let printed = "";
  const tree = createCommandTree({
    registry,
    given,
    commands: ownCommands(options, given, (code) => {
      exit = code;
    }),
    async call(operation, flags) {
      exit = await runOperation({ operation, flags, given }, options);
    },
    refuse(error, path, flags) {
      if (isHelp(error)) throw error;
      throw new Refused(usageErrorFrom(error, registry.app, path, flags));
    },
    print(text) {
      printed += text;
    },
  });
  try {
    await tree.parseAsync(args[0] === "help" ? [...args.slice(1), "--help"] : [...args], { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError) || !isHelp(error)) throw error;
    const asked = error.exitCode === 0; // else a command was named only half
    await writeText(asked ? options.stdout : options.stderr, printed);
    return asked ? 0 : 2;
  }
}

function isHelp({ code }: CommanderError): boolean {
  return code === "commander.help" || code === "commander.helpDisplayed";
}

function ownCommands(options: ProgramOptions, given: Given, exit: (code: number) => void): OwnCommand[] {
  const { registry, version, stdout } = options;
  const json = (): boolean => given.common.has("json");
  return [
    ...(options.commands ?? []).map(({ name, summary, run }) => ({
      name,
      summary,
      action: async () => exit(await run()),
    })),
    {
      name: "login",
      summary: "Keep an access token for later commands: of --token, or of the standard input",
      action: () => login(settingsFrom(given.common), options),
    },
    {
      name: "logout",
      summary: "Forget the access token that is kept",
      action: () => logout(settingsFrom(given.common), options),
    },
    {
      name: "version",
      summary: "Print the app's version",
      action: () => writeText(stdout, json() ? `${JSON.stringify({ app: registry.app, version })}\n` : `${version}\n`),
    },
  ];
}

/** Prints what ended a command before or beside its call. */
async function report(thrown: unknown, json: boolean, { stderr }: ProgramOptions): Promise<number> {
  if (thrown instanceof SetupError) return printFailure(setupText(thrown, json), stderr);
  if (isOutputError(thrown)) return printFailure(`error: the output cannot be written (${thrown.code})\n`, stderr);
  const brief = thrown instanceof Refused;
  const { error, hint } = brief ? thrown.usage : { error: toAppError(thrown), hint: undefined };
  const answer = answerFromError(error, { json, requestId: uuidv7(), hint, brief, flagOf: commonFlagOf });
  await writeText(stderr, answer.text).catch(() => undefined);
  return answer.exit;
}

async function printFailure(text: string, stderr: ProgramOptions["stderr"]): Promise<number> {
  await writeText(stderr, text).catch(() => undefined);
  return 1;
}

function isOutputError(thrown: unknown): thrown is Error & { readonly code: string } {
  return !isAppError(thrown) && thrown instanceof Error && "syscall" in thrown && thrown.syscall === "write";
}
