// What each command of the tool is given: a way to run its work on the project, and to print.

import { type Command, Option } from "commander";
import type { Printer } from "./printer.ts";
import type { Project } from "./project.ts";

/** What a command works with. */
export interface Session {
  readonly project: Project;
  readonly printer: Printer;
}

/** The flags that every command has. */
export interface CommonFlags {
  readonly json?: true;
}

/** Runs the work of the command that was typed. */
export interface ToolHost {
  /** Finds the project and runs `work`, whose answer is the exit code. */
  run(flags: CommonFlags, work: (session: Session) => Promise<number>): Promise<void>;
}

/** Adds a command to a program or group: its words, its summary, `--json`, and an example in its help. */
export function addCommand(parent: Command, usage: string, summary: string, example: string): Command {
  return parent
    .command(usage)
    .summary(summary)
    .description(`${summary}.`)
    .addOption(new Option("--json", "Print JSON, also for errors"))
    .addHelpText("after", `\nExample:\n  ${example}`);
}

/** Adds a group of commands. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  return parent.command(name).summary(summary).description(`${summary}.`);
}
