// The tool as a program: its commands, what is printed when one cannot be run, and the exit code.

import { readFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { writeText } from "../transports/cli/output/outlet.ts";
import { addDeadEvents } from "./commands/dead-events.ts";
import { addGenerate } from "./commands/generate.ts";
import { addMigrate } from "./commands/migrate.ts";
import type { ToolHost } from "./host.ts";
import { createPrinter } from "./printer.ts";
import { findProject } from "./project.ts";
import { Refused, reportFrom } from "./report.ts";

/**
 * Runs one command line in the current folder. Resolves with the exit code: 0; 1 where a check has findings, or the app,
 * its configuration or its database is not in order; 2 for a command line that cannot be understood; the code of an
 * error as the app's own program has it. Never rejects.
 */
export async function runTool(args: readonly string[]): Promise<number> {
  let exit = 0;
  let help = "";
  const host: ToolHost = {
    async run({ json }, work) {
      const project = await findProject(process.cwd());
      exit = await work({ project, printer: createPrinter(json === true) });
    },
  };
  const program = createCommands(host, (text) => {
    help += text;
  });
  try {
    await program.parseAsync(args[0] === "help" ? [...args.slice(1), "--help"] : [...args], { from: "user" });
    return exit;
  } catch (thrown) {
    if (isHelp(thrown)) {
      const asked = thrown.exitCode === 0; // else a command was named only half
      await writeText(asked ? process.stdout : process.stderr, help);
      return asked ? 0 : 2;
    }
    const report = reportFrom(thrown, args.includes("--json"));
    await writeText(process.stderr, report.text).catch(() => undefined);
    return report.exit;
  }
}

function createCommands(host: ToolHost, print: (text: string) => void): Command {
  const program = new Command("trivium")
    .description("Looks after an app written on Trivium: the one that the nearest package.json names.")
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .configureHelp({ subcommandTerm: termOf, styleTitle: (title) => (title === "Options:" ? "Flags:" : title) })
    .addHelpText("after", "\nExample:\n  trivium generate");
  addGenerate(program, host);
  addMigrate(program, host);
  addDeadEvents(program, host);
  program
    .command("version")
    .summary("Print the version of trivium")
    .description("Print the version of trivium.")
    .action(async () => writeText(process.stdout, `${await ownVersion()}\n`));
  finish(program, []);
  return program;
}

/** `new <name>` */
function termOf(command: Command): string {
  return [command.name(), ...operandsOf(command)].join(" ");
}

function operandsOf({ registeredArguments }: Command): string[] {
  return registeredArguments.map((operand) => `<${operand.name()}>`);
}

/** What every command and group has: its usage line, `--help`, and words of refusal that say where its own help is. */
function finish(command: Command, path: readonly string[]): void {
  const usage = command.commands.length > 0 ? ["<command>"] : operandsOf(command);
  command
    .usage([...usage, "[flags]"].join(" "))
    .helpCommand(false)
    .helpOption("-h, --help", "Show this help")
    .exitOverride((error) => {
      throw isHelp(error) ? error : new Refused(error, path);
    });
  for (const inner of command.commands) finish(inner, [...path, inner.name()]);
}

function isHelp(thrown: unknown): thrown is CommanderError {
  return (
    thrown instanceof CommanderError && (thrown.code === "commander.help" || thrown.code === "commander.helpDisplayed")
  );
}

/** The package.json of this package has the same place beside the sources and beside the compiled files. */
async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version; // every package has a version
}
