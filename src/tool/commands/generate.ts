// `trivium generate`: the lock, the API's documents and proto/ from the contracts; a breaking change stops it.

import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Command } from "commander";
import type { Generation } from "../../app/generated.ts";
import { renameFrom } from "../../compatibility/rename.ts";
import { appError } from "../../core/catalogue.ts";
import { addCommand, type CommonFlags, type Session, type ToolHost } from "../host.ts";
import { loadApp } from "../load-app.ts";
import type { Printer } from "../printer.ts";
import { type Drift, driftOf, mend } from "./generated-folder.ts";

interface GenerateFlags extends CommonFlags {
  readonly check?: true;
  readonly against?: string;
  readonly accept?: readonly string[];
  readonly rename?: readonly string[];
}

const help = `
proto/ belongs to this command: a .proto in it that no service gives is removed.

contract.lock.json, where the app names it (createApp({ lock })), pins the numbers of gRPC and holds what callers and
consumers rely on. A change that breaks them is refused until it is accepted by its name.`;

/** Adds the command. Its exit code is 1 for a breaking change, and with `--check` for a file that is not up to date. */
export function addGenerate(program: Command, host: ToolHost): void {
  const list = (value: string, values: readonly string[] = []): readonly string[] => [...values, value];
  addCommand(
    program,
    "generate",
    "Write contract.lock.json, openapi.json, asyncapi.json and proto/ from the contracts, beside package.json",
    "trivium generate --check",
  )
    .option(
      "--check",
      "Write nothing: list breaking changes, else what is missing, different or stale; exit with 1 then",
    )
    .option("--against <file>", "With --check: compare with this older lock, such as the main branch's")
    .option("--accept <change>", "Make a breaking change, by the name that it was refused with; may be repeated", list)
    .option(
      "--rename <field>",
      "A field keeps its number under a new name: pkg.v1.Message.old=new; may be repeated",
      list,
    )
    .addHelpText("after", help)
    .action((flags: GenerateFlags) => host.run(flags, (session) => run(session, flags)));
}

async function run({ project, printer }: Session, flags: GenerateFlags): Promise<number> {
  assertFit(flags);
  const { accept = [], rename = [] } = flags;
  const app = await loadApp(project);
  // Loaded here, so that the other commands do not load the servers.
  const { generate } = await import("../../app/generated.ts");
  const against = flags.against === undefined ? undefined : await readFile(flags.against, "utf8");
  const generation = generate(app, { accept, renames: rename.map(renameFrom) }, against);
  const { breaking, idle } = generation;
  if (idle.length > 0) return refuseIdle(printer, idle, accept);
  if (breaking.length > 0) return refuseBreaking(printer, breaking);
  const files = allFiles(generation, project.root);
  const drift = await driftOf(project.root, files);
  if (flags.check === true) return check(printer, drift, files.size);
  await mend(project.root, files, drift);
  const changes = drift.map(({ file, state }) => ({ file, change: changeOf[state] }));
  await printer.rows({ columns: ["file", "change"], rows: changes });
  return done(printer, files.size);
}

/** Throws AppError for flags that contradict each other. */
function assertFit({ check, against, accept = [], rename = [] }: GenerateFlags): void {
  const problem =
    check === true && accept.length + rename.length > 0
      ? "--check writes nothing: leave it out to accept or to rename"
      : check !== true && against !== undefined
        ? "--against only compares: give --check with it"
        : undefined;
  if (problem !== undefined) throw appError("VALIDATION_FAILED", { message: problem });
}

function allFiles({ files, lock }: Generation, root: string): Map<string, string> {
  const own: [string, string][] =
    lock === undefined ? [] : [[relative(root, lock.path).replaceAll("\\", "/"), lock.text]];
  return new Map([...own, ...files]);
}

async function check(printer: Printer, drift: readonly Drift[], count: number): Promise<number> {
  await printer.rows({
    columns: ["file", "state", "line", "expected", "found"],
    rows: drift.map((each) => ({ ...each })),
  });
  if (drift.length === 0) return done(printer, count);
  await printer.say(`error: ${counted(drift.length)} not up to date`);
  await printer.say("hint: Run `trivium generate`.");
  return 1;
}

async function refuseBreaking(printer: Printer, breaking: Generation["breaking"]): Promise<number> {
  const rows = breaking.map(({ name, side, breaks }) => ({ change: name, side, breaks }));
  await printer.rows({ columns: ["change", "side", "breaks"], rows });
  const count = breaking.length === 1 ? "1 change breaks" : `${breaking.length} changes break`;
  await printer.say(`error: ${count} who relies on the contracts`);
  await printer.say("hint: Add beside the old and deprecate it, or raise the service's or event's version. Or accept:");
  const flags = breaking.slice(0, 10).map(({ name }) => `--accept ${quoted(name)}`);
  await printer.say(`  trivium generate ${flags.join(" ")}${breaking.length > flags.length ? " …" : ""}`);
  return 1;
}

/** What was typed and is no change: a name that is accepted, or else a rename. */
async function refuseIdle(printer: Printer, idle: readonly string[], accept: readonly string[]): Promise<number> {
  const isAccepted = (name: string): boolean => accept.includes(name);
  for (const name of idle)
    await printer.say(`error: There is no ${isAccepted(name) ? "breaking change" : "rename"} ${quoted(name)}`);
  if (idle.some(isAccepted)) await printer.say("hint: See `trivium generate --check` for the names of changes.");
  if (!idle.every(isAccepted))
    await printer.say(
      "hint: Name a field as the .proto file does, package and all; the contracts must have the new name, and not the old.",
    );
  return 1;
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function done(printer: Printer, count: number): Promise<number> {
  await printer.say(`${counted(count)} up to date`);
  return 0;
}

const changeOf = { missing: "written", different: "written", stale: "removed" } as const;

function counted(count: number): string {
  return count === 1 ? "1 file is" : `${count} files are`;
}
