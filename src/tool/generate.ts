// `trivium generate`: openapi.json and proto/ from the contracts, or with --check only whether they are up to date.

import type { Command } from "commander";
import { type Drift, driftOf, mend } from "./generated-folder.ts";
import { addCommand, type CommonFlags, type Session, type ToolHost } from "./host.ts";
import { loadApp } from "./load-app.ts";
import type { Printer } from "./printer.ts";

interface GenerateFlags extends CommonFlags {
  readonly check?: true;
}

/** Adds the command. With `--check` its exit code is 1 when a file is missing, different or stale. */
export function addGenerate(program: Command, host: ToolHost): void {
  addCommand(
    program,
    "generate",
    "Write openapi.json and proto/ from the contracts, beside package.json",
    "trivium generate --check",
  )
    .option("--check", "Write nothing: list what is missing, different or stale, and exit with 1 if anything is")
    .addHelpText("after", "\nproto/ belongs to this command: a .proto in it that no service gives is removed.")
    .action((flags: GenerateFlags) => host.run(flags, (session) => generate(session, flags.check === true)));
}

async function generate({ project, printer }: Session, check: boolean): Promise<number> {
  const app = await loadApp(project);
  // Loaded here, so that the other commands do not load the servers.
  const { generatedFiles } = await import("../app/generated.ts");
  const files = generatedFiles(app);
  const drift = await driftOf(project.root, files);
  if (check) {
    await printer.rows({ columns: ["file", "state", "line", "expected", "found"], rows: drift.map(rowOf) });
    if (drift.length === 0) return done(printer, files.size);
    await printer.say(`error: ${counted(drift.length)} not up to date`);
    await printer.say("hint: Run `trivium generate`.");
    return 1;
  }
  await mend(project.root, files, drift);
  const changes = drift.map(({ file, state }) => ({ file, change: changeOf[state] }));
  await printer.rows({ columns: ["file", "change"], rows: changes });
  return done(printer, files.size);
}

async function done(printer: Printer, count: number): Promise<number> {
  await printer.say(`${counted(count)} up to date`);
  return 0;
}

const changeOf = { missing: "written", different: "written", stale: "removed" } as const;

function rowOf(drift: Drift): Readonly<Record<string, unknown>> {
  return { ...drift };
}

function counted(count: number): string {
  return count === 1 ? "1 file is" : `${count} files are`;
}
